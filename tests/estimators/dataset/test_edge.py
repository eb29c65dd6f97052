"""Rates at which the verdict is close."""

from __future__ import annotations

import numpy as np

from estimators.dataset.edge import edge_rates, scaled
from estimators.features import traffic_statistics as stat
from tests.estimators.dataset.scenarios import scenarios


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
    # Those from which it is looked for as far as that.
    close = [s for s in scenarios(60) if 0.1 < s.capacity() < 45 * capacity][:10]
    assert len(close) > 5
    for scenario in close:
        by_share, by_probability = edge_rates(scenario, Law(), np.random.default_rng(1))
        assert 2 / 0.995 - 0.1 < by_share < 2 / 0.78 + 0.1
        assert 1.2 < by_probability < 2.8
