"""Fewest moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.replanning.fewest_moves import fewest_moves
from placer.replanning.objective import WithMoves
from placer.testing import example_problem
from tests.placer.replanning.changes import CHANGES
from tests.placer.replanning.running_problem import running_problem


def fewest(problem: Problem, budget: Budget | None = None) -> int:
    evaluator = Evaluator(ClosedFormEstimator(), WithMoves(GpuCount()), problem, budget)
    return fewest_moves(evaluator)


TIGHT = {  # where each of the moves is one that an engine or a rule asks for
    *("one adapter has twice the traffic", "two of three engines have too much"),
    *("a fifth more everywhere", "a GPU must not be used any more"),
    *("two must not be together any more", "one is too hot for a GPU", "one has a larger rank"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_takes_fewer(name: str) -> None:
    change = CHANGES[name]
    moves = fewest(change.problem())
    assert moves <= change.moves
    assert name not in TIGHT or moves == change.moves


def test_none_where_nothing_runs_or_all_is_well() -> None:
    assert fewest_moves(Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(8))) == 0
    assert fewest(running_problem([20.0, 10.0], [30.0])) == 0


def test_one_of_each_engine_that_has_too_much() -> None:
    assert fewest(running_problem([40.0, 30.0], [50.0, 40.0], [10.0])) == 2


def test_as_many_as_the_largest_that_have_to_go() -> None:
    assert fewest(running_problem([30.0, 29.0, 28.0, 27.0, 1.0])) == 2


def test_what_an_engine_may_not_hold_any_more_has_to_move() -> None:
    running = running_problem([5.0, 4.0, 3.0], [6.0])
    gpu = running.running.names[0] if running.running is not None else ""
    assert fewest(replace(running, rules=Rules(leave_out=[gpu]))) == 3
    assert fewest(running_problem([5.0, 4.0], [3.0], ranks={"a0": 32})) == 1
    pinned = Rules(pinned={"b0": gpu})
    assert fewest(replace(running, rules=pinned)) == 1


def test_one_of_two_that_have_to_be_apart() -> None:
    running = running_problem([5.0, 4.0, 3.0], [6.0])
    assert fewest(replace(running, rules=Rules(apart=[["a0", "a1"]]))) == 1
    assert fewest(replace(running, rules=Rules(apart=[["a0", "b0"]]))) == 0


def test_it_ends_with_the_budget() -> None:
    budget = Budget(max_estimates=1)
    budget.spend(1)
    with pytest.raises(BudgetExhausted):
        fewest(running_problem([5.0, 4.0]), budget)
