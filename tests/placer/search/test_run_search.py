"""The result of a search, however it ends."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.twin_backed import TwinEstimator
from placer.bounds import NamedRelaxation, PooledRelaxation
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import FewestGpus, GpuCount
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.run_search import run_search
from placer.search.search import Search
from placer.testing import example_problem
from tests.placer.search.small_search import NAMES, PROBLEM, evaluated

PROBLEM_IN_TIME = replace(PROBLEM, latency_limits=LatencyLimits(1e-3))


@pytest.mark.parametrize(
    ("error", "interrupted", "status", "reason"),
    [
        (BudgetExhausted, False, SolveStatus.TIME_LIMIT, "the budget was spent"),
        (BudgetExhausted, True, SolveStatus.INTERRUPTED, "the search was interrupted"),
        (KeyboardInterrupt, False, SolveStatus.INTERRUPTED, "the search was interrupted"),
    ],
)
def test_an_end_before_time_keeps_the_incumbent(
    error: type[BaseException], interrupted: bool, status: SolveStatus, reason: str
) -> None:
    budget = Budget(interrupted=lambda: interrupted)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)

    def body(search: Search) -> None:
        search.offer(evaluated(search, NAMES[:2], NAMES[2:]))
        raise error

    result = run_search("mine", body, PROBLEM, evaluator, budget, np.random.default_rng(0))
    assert result.status is status
    assert result.reason == reason
    assert result.value == (2.0,)
    assert result.lower_bound == (1.0,)
    assert result.is_feasible()
    assert result.strategy == "'mine'"


def test_a_second_interruption_gives_up() -> None:
    def body(_: Search) -> None:
        raise KeyboardInterrupt

    budget = Budget(interrupted=lambda: True)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)
    with pytest.raises(KeyboardInterrupt):
        run_search("mine", body, PROBLEM, evaluator, budget, np.random.default_rng(0))


def result_of(problem: Problem, *contents: list[str]) -> Result:
    def body(search: Search) -> None:
        search.offer(evaluated(search, *contents))

    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    return run_search("mine", body, problem, evaluator, Budget(), np.random.default_rng(0))


def test_what_reaches_the_bound_is_optimal() -> None:
    result = result_of(PROBLEM, NAMES)
    assert (result.status, result.reason, result.gap) == (SolveStatus.OPTIMAL, "", 0.0)
    assert result_of(PROBLEM, NAMES[:2], NAMES[2:]).status is SolveStatus.FEASIBLE


@pytest.mark.parametrize(
    ("max_gpus", "reason"),
    [
        (None, "2 adapters are not placed: adapter-002, adapter-003"),
        (3, "no admissible place was found for adapter-002, adapter-003 on 3 GPUs"),
    ],
)
def test_why_adapters_are_left(max_gpus: int | None, reason: str) -> None:
    problem = example_problem(4, (2.0,), max_gpus)
    result = result_of(problem, NAMES[:2])
    assert result.status is SolveStatus.INFEASIBLE
    assert result.reason == reason


@pytest.mark.parametrize("error", [None, BudgetExhausted])
def test_what_no_gpu_serves_has_no_placement_however_the_search_ends(
    error: type[BaseException] | None,
) -> None:
    evaluator = Evaluator(ClosedFormEstimator(capacity=0.01), GpuCount(), PROBLEM)

    def body(search: Search) -> None:
        search.items()
        if error:
            raise error

    result = run_search("mine", body, PROBLEM, evaluator, Budget(), np.random.default_rng(0))
    assert result.status is SolveStatus.INFEASIBLE
    assert "no GPU serves even a small share of adapter-002" in result.reason


def test_what_the_first_placement_has_met_is_known_though_nothing_else_is() -> None:
    evaluator = Evaluator(TwinEstimator(), FewestGpus(), PROBLEM_IN_TIME)

    def body(search: Search) -> None:
        assert search.hopeless
        raise BudgetExhausted

    budget = Budget(max_estimates=50)
    rng = np.random.default_rng(0)
    result = run_search("mine", body, PROBLEM_IN_TIME, evaluator, budget, rng)
    assert result.status is SolveStatus.INFEASIBLE
    assert "within latency_limits: alone on a GPU" in result.reason
    assert result.num_estimates < 20


def test_too_few_gpus_are_told_as_such() -> None:
    problem = example_problem(24, (8.0,), max_gpus=2)
    result = result_of(problem)
    assert "GPUs are needed, 2 may be used" in result.reason
    assert result.value == (math.inf,)


def test_a_bound_that_takes_too_long_is_that_of_the_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*_: object) -> list[NamedRelaxation]:
        raise BudgetExhausted

    monkeypatch.setattr(PooledRelaxation, "min_gpus", property(late))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)

    def body(search: Search) -> None:
        search.offer(evaluated(search, NAMES[:2], NAMES[2:]))

    result = run_search("mine", body, PROBLEM, evaluator, Budget(), np.random.default_rng(0))
    assert result.status is SolveStatus.FEASIBLE
    assert (result.lower_bound, result.bound) == ((1.0,), "rules")
