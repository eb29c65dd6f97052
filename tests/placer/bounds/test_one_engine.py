"""One engine for everything, or several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds import Bound, IdleEngines, KnownCount, OneEngine
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy, GpuCount, Latency
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.testing import example_problem
from placer.testing.brute_force import brute_force

CAPACITY = 30_000.0  # tokens/s, of which the example takes some


def tightened(
    problem: Problem, objective: Objective, known: int = 1, capacity: float = CAPACITY
) -> Bound:
    """Of a bound that says nothing."""
    evaluator = Evaluator(ClosedFormEstimator(capacity), objective, problem)
    relaxation = KnownCount("rules", known, IdleEngines(evaluator))
    return OneEngine(evaluator).tighten(Bound((0.0,), "nothing"), relaxation)


@pytest.mark.parametrize("objective", [Energy(), Latency(), Latency("tpot", "p99")], ids=repr)
def test_of_a_single_gpu_the_bound_is_the_optimum(objective: Objective) -> None:
    problem = example_problem(6, max_gpus=1)
    evaluator = Evaluator(ClosedFormEstimator(CAPACITY), objective, problem)
    bound = tightened(problem, objective)
    assert bound.name == "one GPU or more"
    assert bound.value == brute_force(evaluator)


def test_one_gpu_is_proven_where_two_idle_ones_take_more() -> None:
    problem = example_problem(6)
    bound = tightened(problem, Energy())
    evaluator = Evaluator(ClosedFormEstimator(CAPACITY), Energy(), problem)
    assert bound.value == brute_force(evaluator)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    assert search.lower_bound().value == bound.value


def test_many_gpus_may_answer_sooner_than_one() -> None:
    problem = example_problem(6)
    free, one = tightened(problem, Latency()), tightened(replace(problem, max_gpus=1), Latency())
    assert free.value < one.value


@pytest.mark.parametrize(
    ("objective", "known", "capacity"),
    [(GpuCount(), 1, CAPACITY), (Energy(), 2, CAPACITY), (Latency(), 1, 10.0)],
    ids=["whatever they do", "more are needed", "it serves nothing"],
)
def test_it_says_nothing(objective: Objective, known: int, capacity: float) -> None:
    problem = example_problem(6, max_gpus=1)
    assert tightened(problem, objective, known, capacity).name == "nothing"
