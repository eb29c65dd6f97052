"""Starvation follows from offered and served throughput."""

from __future__ import annotations

import math
import pickle

import pytest

from twin.engine.latency import LATENCY_NAMES
from twin.engine.simulation_result import SimulationResult


def result(offered: float, served: float) -> SimulationResult:
    return SimulationResult(60.0, offered, served_throughput=served)


def test_ratio() -> None:
    assert result(200.0, 150.0).served_ratio == 0.75
    assert result(0.0, 0.0).served_ratio == 1.0


@pytest.mark.parametrize(
    ("served", "threshold", "starved"),
    [(89.9, 0.9, True), (90.0, 0.9, False), (95.0, 0.96, True), (0.0, 0.0, False)],
)
def test_starved_below_the_threshold(served: float, threshold: float, starved: bool) -> None:
    assert result(100.0, served).starved(threshold) is starved


def test_starved_below_nine_tenths_by_default() -> None:
    assert result(100.0, 89.9).starved()
    assert not result(100.0, 90.1).starved()


def test_without_requests_nothing_is_known_of_latencies() -> None:
    empty = result(0.0, 0.0)
    assert all(math.isnan(getattr(empty, name)) for name in LATENCY_NAMES)


def test_goes_to_other_processes() -> None:
    one = result(100.0, 90.0)
    assert repr(pickle.loads(pickle.dumps(one))) == repr(one)
