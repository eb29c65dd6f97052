"""Prices of moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, GpuCount, Latency, Lexicographic
from placer.objectives.objective import Objective
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.replanning.objective import WithMoves
from placer.replanning.price import price_moves
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem

ESTIMATOR = ClosedFormEstimator()
EXAMPLE = example_problem(24)
RUNNING = solve(EXAMPLE, FirstFit(), ESTIMATOR, GpuCount(), verify=False).placement
PROBLEM = replace(EXAMPLE, previous=RUNNING)


def evaluator_of(
    problem: Problem,
    objective: Objective,
    budget: Budget | None = None,
    estimator: ClosedFormEstimator = ESTIMATOR,
) -> Evaluator:
    budget = budget or Budget()
    budget.start()
    return Evaluator(estimator, WithMoves(objective), problem, budget)


def price(problem: Problem, objective: Objective, budget: Budget | None = None) -> float:
    evaluator = evaluator_of(problem, objective, budget)
    priced = price_moves(evaluator, objective)
    assert evaluator.objective == priced == WithMoves(objective, priced.move_cost)
    return priced.move_cost


@pytest.mark.parametrize("objective", [GpuCount(), Cost(), Lexicographic((GpuCount(), Latency()))])
def test_a_gpu_is_worth_any_number_of_moves(objective: Objective) -> None:
    assert price(PROBLEM, objective) == 0


def test_to_move_a_fifth_of_the_adapters_has_to_gain_as_much_as_there_is() -> None:
    evaluator = Evaluator(ESTIMATOR, Latency(), PROBLEM)
    (latency,) = evaluator.value(evaluator.evaluate(RUNNING.gpus))
    assert price(PROBLEM, Latency()) == pytest.approx(latency / 24 * 5)


def test_what_is_said_counts() -> None:
    assert price(replace(PROBLEM, move_cost=0.3), GpuCount()) == 0.3
    assert price(replace(PROBLEM, move_cost=0.3, max_moves=2), Latency()) == 0.3
    assert price(replace(PROBLEM, max_moves=2), Latency()) == 0


def test_where_the_budget_is_spent_a_move_costs_nothing() -> None:
    budget = Budget(max_estimates=1)
    budget.spend(1)
    assert price(PROBLEM, Latency(), budget) == 0


def test_an_interrupt_is_a_request() -> None:
    class Interrupted(ClosedFormEstimator):
        def estimate(self, *args: object) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    evaluator = evaluator_of(PROBLEM, Latency(), estimator=Interrupted())
    assert price_moves(evaluator, Latency()).move_cost == 0
    assert evaluator.budget.interrupted()


def test_what_was_asked_is_remembered_and_counted_by_the_price() -> None:
    evaluator = evaluator_of(PROBLEM, Latency())
    priced = price_moves(evaluator, Latency())
    number = evaluator.num_estimates
    assert evaluator.admissible_gpus
    for gpu in evaluator.admissible_gpus:
        assert gpu.cost == priced.gpu_cost(gpu.planned, gpu.estimate)
    assert evaluator.num_estimates == number


@pytest.mark.parametrize("estimates", [5, 50])
def test_a_small_budget_serves_both_the_price_and_the_search(estimates: int) -> None:
    def placed(objective: Objective) -> int:
        budget = Budget(max_estimates=estimates)
        result = solve(PROBLEM, FirstFit(), ESTIMATOR, objective, budget, verify=False)
        return len(result.placement.total_shares())

    assert placed(Latency()) == placed(GpuCount()) == 24


def test_an_empty_placement_has_no_price() -> None:
    assert price(replace(PROBLEM, previous=Placement()), Latency()) >= 0
