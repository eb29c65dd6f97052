"""Scenarios that models are trained on."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.dataset.domain import NUM_DIMENSIONS, relative_rate
from estimators.testing import example_profile
from tests.estimators.dataset.scenarios import scenarios
from twin.workload.arrivals import BurstyArrivals, GammaArrivals, OnOffArrivals, PoissonArrivals

PROFILE = example_profile()


def test_the_domain_is_wide() -> None:
    drawn = scenarios()
    assert len(drawn) > 250
    numbers = np.array([s.ranks.size for s in drawn])
    assert numbers.min() == 1
    assert numbers.max() > 800
    assert {type(s.arrivals) for s in drawn} == {
        PoissonArrivals,
        GammaArrivals,
        BurstyArrivals,
        OnOffArrivals,
    }
    pressure = numbers / np.array([s.config.max_loras for s in drawn])
    assert pressure.min() < 0.3
    assert pressure.max() > 8
    assert {int(rank) for s in drawn for rank in s.ranks} == {8, 16, 32}
    assert any(s.config.max_lora_rank > s.ranks.max() for s in drawn)
    assert len({s.config.max_num_seqs for s in drawn}) > 10
    seconds = np.array([s.seconds for s in drawn])
    assert np.mean(seconds == 600.0) == pytest.approx(0.5, abs=0.1)
    assert {len(s.lengths) for s in drawn} >= {1, 2, 3}


def test_every_scenario_is_one_that_the_engine_takes() -> None:
    for scenario in scenarios(100):
        assert PROFILE.memory_error(scenario.config) is None
        assert scenario.config.max_lora_rank >= scenario.ranks.max()
        assert scenario.shares.sum() == pytest.approx(1.0)
        candidate = scenario.candidate(scenario.capacity(), 120_000)
        assert candidate.rate <= 120_000 / scenario.seconds * (1 + 1e-9)


def test_rates_are_bounded() -> None:
    scenario = scenarios(20)[0]
    assert scenario.candidate(1e9, 5000).rate == pytest.approx(5000 / scenario.seconds)
    assert scenario.candidate(1e-9, 5000).rate == pytest.approx(1e-3)


def test_a_fourth_has_requests_for_the_base_model_too() -> None:
    drawn = scenarios()
    shares = np.array([scenario.base for scenario in drawn])
    assert np.mean(shares > 0) == pytest.approx(0.25, abs=0.06)
    assert shares.max() < 0.95 < 1.5 * shares.max()
    both = next(scenario for scenario in drawn if scenario.base > 0.3)
    *adapters, base = both.candidate(2.0, 120_000).adapters
    assert base.is_base
    assert base.rate == pytest.approx(2.0 * both.base)
    assert sum(adapter.rate for adapter in adapters) == pytest.approx(2.0 * (1 - both.base))


def test_bursts_that_leave_all_open_become_poisson() -> None:
    bursty = next(s for s in scenarios() if isinstance(s.arrivals, BurstyArrivals))
    low = bursty.candidate(0.01, 5000)
    assert all(isinstance(a.arrivals, PoissonArrivals) for a in low.adapters)


def test_a_third_of_the_rates_are_around_the_capacity() -> None:
    point = np.zeros(NUM_DIMENSIONS)
    rates = []
    for u in np.linspace(0, 0.9999, 2001):
        point[5] = u
        rates.append(relative_rate(point))
    assert np.all(np.diff(rates) > 0)
    assert rates[0] == pytest.approx(1e-4)
    assert rates[-1] == pytest.approx(60, rel=0.02)
    assert np.mean((np.array(rates) > 0.6) & (np.array(rates) < 1.3)) == pytest.approx(
        0.38, abs=0.01
    )
