"""Built-in scenarios of the benchmark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.benchmark.cli import DEFAULT_PROFILES
from twin.benchmark.scenario import builtin_scenarios
from twin.gpu.read_profile import read_profile


def test_span_the_rates_of_the_paper() -> None:
    profiles = [read_profile(name) for name in DEFAULT_PROFILES]
    scenarios = list(builtin_scenarios(profiles))
    assert len(scenarios) == 60, "every engine starts"
    rates = [scenario.rate for scenario in scenarios]
    assert min(rates) < 1
    assert max(rates) == pytest.approx(128 * (3.2 + 1.6 + 0.1))
    assert len({scenario.name for scenario in scenarios}) == 60


def test_draw_and_simulate() -> None:
    profile = read_profile(DEFAULT_PROFILES[0])
    scenario = next(s for s in builtin_scenarios([profile], 60.0) if s.rate > 10)
    stream = scenario.draw(1)
    assert stream.duration == scenario.duration == 60.0
    assert len(stream) == pytest.approx(scenario.rate * 60, abs=5 * np.sqrt(scenario.rate * 60))
    assert np.array_equal(scenario.draw(1).arrival, stream.arrival)
    assert not np.array_equal(scenario.draw(2).arrival[:10], stream.arrival[:10])
    result = scenario.simulate(stream)
    assert result.num_requests == len(stream)
    assert result.served_throughput > 0


def test_engines_without_memory_are_left_out() -> None:
    profile = read_profile(DEFAULT_PROFILES[0])
    small = replace(profile.kv_capacity_model, gpu_memory_bytes=16 << 30)
    assert not list(builtin_scenarios([replace(profile, kv_capacity_model=small)]))
