"""Estimate and Estimates."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from estimators.base import Candidate, Estimate, Estimates, scatters
from estimators.cascade import CascadeEstimator
from estimators.closed_form import ClosedFormEstimator
from estimators.equilibrium_backed import EquilibriumEstimator
from estimators.ml_backed import MLEstimator
from estimators.testing import example_adapters, example_profile
from estimators.twin_backed import TwinEstimator
from twin.engine.latency import LATENCY_NAMES

LATENCIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, math.nan, 1.1)


def row(served: float = 80.0, memory_error: bool = False) -> Estimate:
    return Estimate(100.0, served, 0.25, memory_error, 300.0, 0.1, *LATENCIES)


def test_rows_go_in_and_come_out() -> None:
    rows = [row(), row(served=50.0, memory_error=True)]
    estimates = Estimates.from_rows(rows)
    assert len(estimates) == 2
    assert repr(list(estimates)) == repr(rows)
    assert repr(estimates[-1]) == repr(rows[1])
    assert type(estimates[1].memory_error) is bool
    with pytest.raises(IndexError):
        estimates[2]


def test_latencies_are_named_as_those_of_simulations() -> None:
    assert Estimate._fields[-len(LATENCY_NAMES) :] == LATENCY_NAMES
    assert {field.name for field in fields(Estimates)} == set(Estimate._fields)


def test_some_can_be_taken_in_any_order() -> None:
    estimates = Estimates.from_rows([row(1.0), row(2.0), row(3.0)])
    assert estimates.take([2, 0]).served_throughput.tolist() == [3.0, 1.0]


def test_concatenate_keeps_the_order() -> None:
    parts = [Estimates.from_rows([row(1.0), row(2.0)]), Estimates.from_rows([row(3.0)])]
    joined = Estimates.concatenate(parts)
    assert joined.served_throughput.tolist() == [1.0, 2.0, 3.0]
    assert len(Estimates.concatenate([])) == 0
    assert Estimates.concatenate([]).memory_error.dtype == np.bool_


def test_arrays_of_different_length_are_refused() -> None:
    good = Estimates.from_rows([row()])
    columns = {name: getattr(good, name) for name in Estimate._fields}
    columns["power"] = np.zeros(2)
    with pytest.raises(ValueError, match="shapes"):
        Estimates(**columns)


def test_served_ratio() -> None:
    assert row().served_ratio == 0.8
    idle = Estimate(0.0, 0.0, 0.0, False, math.nan, math.nan)
    assert idle.served_ratio == 1.0


def test_a_candidate_adds_up_its_adapters() -> None:
    profile = example_profile()
    adapters = example_adapters(3)
    candidate = Candidate(profile, profile.engine_config(3, 32), adapters)
    assert candidate.rate == pytest.approx(1.2)
    assert candidate.token_rate == pytest.approx(sum(a.token_rate for a in adapters))


def test_an_engine_that_does_not_start_serves_nothing() -> None:
    nothing = Estimate.of_memory_error(5.0)
    assert nothing[:4] == (5.0, 0.0, 1.0, True)
    assert np.isnan([nothing.ttft_p90, nothing.tpot_mean, nothing.itl_p99, nothing.power]).all()


def test_figures_scatter_where_any_are_simulated() -> None:
    smooth = ClosedFormEstimator(), EquilibriumEstimator(), MLEstimator()
    assert not any(map(scatters, smooth))
    twin = TwinEstimator()
    assert scatters(twin)
    assert scatters(CascadeEstimator(MLEstimator(), twin))
