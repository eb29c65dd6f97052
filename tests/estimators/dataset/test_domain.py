"""Scenarios that models are trained on."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.dataset.domain import NUM_DIMENSIONS, Scenario, draw_scenario, relative_rate
from estimators.dataset.edge import edge_rates, scaled
from estimators.dataset.labels import LABELS, simulate_labels
from estimators.features import traffic_statistics as stat
from estimators.testing import example_profile
from twin.workload.arrivals import BurstyArrivals, GammaArrivals, OnOffArrivals, PoissonArrivals

PROFILE = example_profile()


def scenarios(number: int = 300) -> list[Scenario]:
    points = np.random.default_rng(0).random((number, NUM_DIMENSIONS))
    drawn = [
        draw_scenario(p, PROFILE, np.random.default_rng(k), 1000) for k, p in enumerate(points)
    ]
    return [scenario for scenario in drawn if scenario is not None]


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


def test_bursts_that_leave_all_open_become_poisson() -> None:
    bursty = next(s for s in scenarios() if isinstance(s.arrivals, BurstyArrivals))
    low = bursty.candidate(0.01, 5000)
    assert all(isinstance(a.arrivals, PoissonArrivals) for a in low.adapters)


def test_half_of_the_loads_are_around_the_capacity() -> None:
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


def test_scaling_statistics_is_scaling_rates() -> None:
    scenario = scenarios(20)[0]
    one, three = scenario.statistics(1.0), scenario.statistics(3.0)
    linear = [stat.RATE, stat.PROMPT, stat.OUTPUT, stat.PROMPT_OUTPUT, stat.RATE_RANK]
    np.testing.assert_allclose(scaled(one, 3.0)[linear], three[linear], rtol=1e-6)
    np.testing.assert_allclose(scaled(one, 3.0)[stat.RATE_SQUARED], three[stat.RATE_SQUARED], 1e-6)
    for column in (stat.NUM_ADAPTERS, stat.RANK, stat.LEGAL_RANK):
        assert scaled(one, 3.0)[column] == three[column]


class Law:
    """An engine that starves above a rate of 2, the more so the more it is above."""

    def verdict(
        self, statistics: np.ndarray, engine: np.ndarray, seconds: float
    ) -> tuple[np.ndarray, np.ndarray]:
        rate = statistics[:, stat.RATE]
        return np.minimum(1.0, 2.0 / rate), 1 / (1 + np.exp(-4 * (rate - 2.0)))


def test_rates_at_the_edge_are_those_where_the_verdict_is_close() -> None:
    capacity = 2.0
    close = [s for s in scenarios(60) if 0.1 < s.capacity() < 90 * capacity][:10]
    assert len(close) > 5
    for scenario in close:
        by_share, by_probability = edge_rates(scenario, Law(), np.random.default_rng(1))
        assert 2 / 0.995 - 0.1 < by_share < 2 / 0.78 + 0.1
        assert 1.2 < by_probability < 2.8


def test_labels_are_means_over_seeds() -> None:
    scenario = min(scenarios(60), key=lambda s: s.capacity())
    candidate = scenario.candidate(0.2 * scenario.capacity(), 5000)

    def label(num_requests: int, most_seeds: int) -> dict[str, float]:
        values = simulate_labels(
            candidate,
            (1, 2),
            seconds=60.0,
            threshold=0.9,
            num_requests=num_requests,
            most_seeds=most_seeds,
        )
        return dict(zip(LABELS, values.tolist(), strict=True))

    one, three = label(1, 5), label(10**6, 3)
    assert one["num_seeds"] == 1
    assert three["num_seeds"] == 3
    assert 0 <= three["served_share"] <= 1
    assert three["starved"] in {0.0, 1 / 3, 2 / 3, 1.0}
    assert one != three
