"""Simulations that end early."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.simulation import early_verdict
from estimators.simulation.early_verdict import EarlyVerdict
from estimators.simulation.simulated_traffic import SimulatedTraffic, simulate_traffic
from estimators.testing import example_adapters, example_profile
from twin.workload.workload import RequestStream, Workload

PROFILE = example_profile()
WINDOW = 400.0


def candidate(rate: float) -> Candidate:
    adapters = example_adapters(9, rates=(rate,))
    return Candidate(PROFILE, PROFILE.engine_config(9, 32), adapters)


@pytest.fixture
def durations(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of the simulations that are made."""
    found: list[float] = []

    def watched(stream: RequestStream, *rest: object) -> SimulatedTraffic:
        found.append(stream.duration)
        return simulate_traffic(stream, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(early_verdict, "simulate_traffic", watched)
    return found


def simulated(rate: float, threshold: float) -> SimulatedTraffic:
    one = candidate(rate)
    stream = Workload(one.adapters).sample(WINDOW, np.random.default_rng(0))
    return EarlyVerdict().simulate(stream, one, threshold)


def test_suspects_are_far_below_the_threshold() -> None:
    verdict = EarlyVerdict()
    assert not verdict.suspects(candidate(0.5), WINDOW, 0.9)
    assert verdict.suspects(candidate(16.0), WINDOW, 0.9)
    assert not verdict.suspects(candidate(16.0), WINDOW, 0.05)


def test_a_quarter_is_enough_where_the_engine_is_overloaded(durations: list[float]) -> None:
    served = simulated(16.0, 0.9)
    assert durations == [WINDOW / 4]
    assert served.run.duration == WINDOW / 4


def test_the_whole_window_is_simulated_where_a_quarter_leaves_it_open(
    durations: list[float],
) -> None:
    served = simulated(0.5, 0.9)
    assert durations == [WINDOW / 4, WINDOW]
    assert served.run.duration == WINDOW
