"""Traffic levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.traffic_levels import TrafficLevels
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy
from placer.testing import example_problem
from twin.workload.arrivals import GammaArrivals
from twin.workload.workload import Workload


def levels_of(*, thrifty: bool, cv: float = 1.0) -> tuple[TrafficLevels, Evaluator]:
    """Of all requests of a problem that fill a third of a GPU, in W: 100 idle, 500 more full."""
    problem = example_problem(12)
    adapters = problem.workload.adapters
    if cv > 1:
        adapters = (replace(adapters[0], arrivals=GammaArrivals(cv)), *adapters[1:])
        problem = replace(problem, workload=Workload(adapters))
    tokens = problem.workload.token_rate
    evaluator = Evaluator(ClosedFormEstimator(capacity=3 * tokens), Energy(), problem)
    levels = TrafficLevels(
        evaluator, problem.fleet[0], adapters, problem.workload.rate, 1.0, thrifty
    )
    return levels, evaluator


def test_a_figure_is_that_of_the_level_below() -> None:
    levels, _ = levels_of(thrifty=False)
    levels.measure([0.4])
    shares = np.array([0.0, 0.1, 0.19, 0.4, 0.45, 1.0])
    found = levels.figures(lambda estimate: estimate.power, shares)
    below = np.array([0.0, 0.1, 0.1, 0.4, 0.4, 1.0])
    assert found == pytest.approx(100 + 500 * below / 3, rel=1e-3)
    assert levels.slope(lambda estimate: estimate.power) == pytest.approx(500 / 3, rel=1e-2)


def test_a_figure_that_falls_is_the_smallest_above() -> None:
    levels, _ = levels_of(thrifty=False)
    levels.measure([])
    found = levels.figures(lambda estimate: 1000 - estimate.power, np.linspace(0, 1, 7))
    assert found == pytest.approx(np.full(7, 1000 - 100 - 500 / 3), rel=1e-3)


def test_levels_are_measured_once_and_thrifty_ones_with_queues_and_bursts() -> None:
    asked = []
    for thrifty, cv in ((False, 1.0), (True, 1.0), (True, 3.0)):
        levels, evaluator = levels_of(thrifty=thrifty, cv=cv)
        levels.measure([0.5])
        asked.append(evaluator.num_estimates)
        levels.measure([0.5])
        assert evaluator.num_estimates == asked[-1]
    assert asked[1:] == [4 * asked[0], 5 * asked[0]]
