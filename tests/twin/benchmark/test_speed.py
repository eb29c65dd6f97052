"""Measured speeds."""

from __future__ import annotations

import numpy as np
import pytest

from twin.benchmark import speed as module
from twin.benchmark.scenario import Scenario
from twin.benchmark.speed import measure_speed
from twin.engine.simulation_result import SimulationResult
from twin.workload.workload import RequestStream


def test_least_times_of_drawing_and_simulating(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    seeds = []

    def draw(seed: int) -> RequestStream:
        seeds.append(seed)
        clock[0] += (3.0, 5.0, 2.0)[seed - 7]
        one = np.ones(1, np.int32)
        return RequestStream(np.zeros(1), one - 2, one, one, np.empty(0, np.int64), 80.0)

    def simulate(stream: RequestStream) -> SimulationResult:
        clock[0] += (6.0, 4.0, 30.0)[seeds[-1] - 7]
        return SimulationResult(stream.duration, 1.0)

    monkeypatch.setattr(module.time, "thread_time", lambda: clock[0])
    speed = measure_speed(Scenario("a", "b", 1.0, 80.0, draw, simulate), repeats=3, seed=7)
    assert seeds == [7, 8, 9]
    assert (speed.draw_seconds, speed.simulate_seconds) == (2.0, 4.0)
    assert speed.num_requests == 1
    assert speed.speedup == 80.0 / 6.0
    assert speed.simulate_speedup == 80.0 / 4.0
