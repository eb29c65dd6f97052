"""Pattern search."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.patterns.master_cbc import solve_with_cbc
from placer.patterns.master_problem import Combination, MasterProblem
from placer.patterns.pattern_search import PatternSearch
from placer.patterns.patterns import Pattern
from placer.search.search import Search
from tests.placer.packing_problem import PURE, packing_problem

SIZES = [0.5] * 8  # four GPUs hold them


def started() -> Search:
    """A search with a placement that gives every adapter a GPU."""
    problem, budget = packing_problem(SIZES), Budget()
    evaluator = Evaluator(PURE, GpuCount(), problem, budget)
    search = Search(problem, evaluator, budget, np.random.default_rng(0))
    plans = [evaluator.plan(problem.fleet[0], 1, {name: 1.0}) for name in evaluator.adapters]
    search.offer(evaluator.evaluate(plans))
    return search


def test_patterns_are_generated_until_the_best_combination_is_there() -> None:
    search = started()
    PatternSearch(search, solve_with_cbc, 30, 10, 4, 5.0).run()
    assert len(search.gpus) == 4
    assert search.proven()


def test_it_ends_after_rounds_without_progress() -> None:
    rounds = []

    def no_solution(
        master: MasterProblem, start: Mapping[Pattern, int] | None, time_limit: float
    ) -> Combination | None:
        rounds.append(time_limit)
        return None

    search = started()
    PatternSearch(search, no_solution, 30, 2, 1, 5.0).run()
    assert len(search.gpus) == len(SIZES)
    assert 2 <= len(rounds) < 30
    assert set(rounds) == {5.0}


def test_what_is_found_when_the_budget_is_spent_is_kept() -> None:
    search = started()
    pattern_search = PatternSearch(search, lambda *_: None, 30, 10, 4, 5.0)
    search.budget.interrupted = lambda: True
    with pytest.raises(BudgetExhausted):
        pattern_search.run()
    assert len(search.gpus) == len(SIZES)
    assert search.unplaced == ()
