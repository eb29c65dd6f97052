"""Where the verdict on a scenario is close: total rates at which a model is least certain."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from estimators.dataset.domain import Scenario
from estimators.features import traffic_statistics as stat
from estimators.features.engine_figures import EngineFigures

__all__ = ["EdgeModel", "edge_rates", "scaled"]

FloatArray = NDArray[np.float64]

_HALVINGS = 12
_WIDEST = 50.0  # times the capacity, up and down
_SHARES = (0.78, 0.995)  # served shares that are aimed at
_PROBABILITIES = (0.05, 0.95)  # probabilities of starvation that are aimed at

_LINEAR = np.ones(stat.NUM_STATISTICS, np.bool_)
_LINEAR[[stat.NUM_ADAPTERS, stat.RATE_SQUARED, stat.RANK]] = False
_LINEAR[stat.LEGAL_RANK : stat.BIN_RATE] = False


class EdgeModel(Protocol):
    """Tells how close the verdict on an engine is."""

    def verdict(
        self, statistics: FloatArray, engine: FloatArray, seconds: float
    ) -> tuple[FloatArray, FloatArray]:
        """Served share and probability of starvation of an engine for n rows of traffic."""
        ...


def edge_rates(scenario: Scenario, model: EdgeModel, rng: np.random.Generator) -> list[float]:
    """Two total rates (requests/s) for which the model foretells a close verdict.

    The first is the one at which the engine would serve a share of its traffic that is drawn
    around the threshold; the second the one at which it would starve with a probability that is
    drawn.
    """
    engine = EngineFigures(scenario.profile).of_config(scenario.config)
    capacity = scenario.capacity()
    sums = scenario.statistics(capacity)
    goals = (-float(rng.uniform(*_SHARES)), float(rng.uniform(*_PROBABILITIES)))
    rates = []
    for which, goal in enumerate(goals):
        low, high = -np.log(_WIDEST), np.log(_WIDEST)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            traffic = scaled(sums, float(np.exp(middle)))[None, :]
            verdict = model.verdict(traffic, engine, scenario.seconds)
            figure = -verdict[0][0] if which == 0 else verdict[1][0]
            low, high = (middle, high) if figure < goal else (low, middle)
        rates.append(capacity * float(np.exp((low + high) / 2)))
    return rates


def scaled(statistics: FloatArray, factor: float) -> FloatArray:
    """Statistics of traffic with all rates multiplied by a factor, up to the bounds of the bins.

    Dispersions of arrivals are taken as they were.
    """
    result = np.where(_LINEAR, statistics * factor, statistics)
    result[stat.RATE_SQUARED] *= factor**2
    return result
