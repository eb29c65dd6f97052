"""Latencies: their names, and the distributions that they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.engine.latency import LATENCY_NAMES, Distribution, Latencies
from twin.engine.simulation_result import SimulationResult


def test_names_are_the_fields_in_order() -> None:
    assert LATENCY_NAMES[:4] == ("ttft_mean", "ttft_p50", "ttft_p90", "ttft_p99")
    assert tuple(field.name for field in fields(SimulationResult))[:11] == LATENCY_NAMES


def test_what_is_not_given_is_unknown() -> None:
    some = Latencies(ttft_mean=0.5)
    assert some.ttft_mean == 0.5
    assert all(math.isnan(getattr(some, name)) for name in LATENCY_NAMES[1:])


def test_a_subclass_keeps_its_own_fields_in_front() -> None:
    @dataclass(frozen=True, slots=True)
    class Run(Latencies[float]):
        throughput: float

    assert repr(Run(1.0)) == repr(Run(throughput=1.0))
    assert Run(100.0, tpot_p99=0.1).tpot_p99 == 0.1


def test_nothing_has_no_distribution() -> None:
    assert all(map(math.isnan, Distribution.of(np.empty(0))))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_quantiles_are_numpys(values: list[float]) -> None:
    array = np.array(values)
    expected = (array.mean(), *np.quantile(array, [0.5, 0.9, 0.99]))
    assert Distribution.of(array) == pytest.approx(expected)
    assert array.tolist() == values
