"""Replanning."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount, Latency
from placer.objectives.objective import Objective
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.rules import Rules
from placer.replanning import plan_migration
from placer.replanning.replan import Replan
from placer.solve import solve
from placer.strategies import FirstFit, Milp
from placer.testing import example_problem
from twin.files.errors import InputError
from twin.workload.workload import Workload

ESTIMATOR = ClosedFormEstimator()


def run(problem: Problem, objective: Objective | None = None, **limits: int) -> Result:
    return solve(
        problem,
        Milp(),
        ESTIMATOR,
        objective or GpuCount(),
        Budget(**limits),
        verify=False,
    )


@pytest.fixture(scope="module")
def running() -> Placement:
    """The best placement of 24 adapters."""
    return solve(example_problem(), Milp(), ESTIMATOR, GpuCount(), verify=False).placement


def moves(problem: Problem, result: Result) -> int:
    assert problem.previous is not None
    return plan_migration(problem.previous, result.placement, problem).num_moves


def test_what_runs_well_goes_on(running: Placement) -> None:
    problem = replace(example_problem(), previous=running)
    result = run(problem)
    assert result.status is SolveStatus.OPTIMAL
    assert {p.name: p.shares for p in result.placement.gpus} == dict(
        zip(running.names, (p.shares for p in running.gpus), strict=True)
    )
    assert plan_migration(running, result.placement, problem).steps == ()


def test_new_adapters_join_and_old_ones_stay(running: Placement) -> None:
    problem = replace(example_problem(30), previous=running)
    result = run(problem)
    alone = solve(example_problem(30), Milp(), ESTIMATOR, GpuCount(), verify=False)
    assert result.is_feasible()
    assert len(result.placement.gpus) == len(alone.placement.gpus)
    assert moves(problem, result) <= 12 < moves(problem, alone)


def test_an_engine_that_starves_gives_up_as_little_as_it_takes(running: Placement) -> None:
    problem = example_problem()
    name = running.gpus[0].shares[0][0]
    hotter = tuple(
        replace(a, rate=a.rate + 6) if a.name == name else a for a in problem.workload.adapters
    )
    problem = Problem(Workload(hotter), problem.fleet, previous=running)
    result = run(problem)
    assert result.is_feasible()
    assert moves(problem, result) <= 6


def test_moves_are_traded_against_gpus() -> None:
    problem = example_problem(12, rates=(2.0,))
    profile = problem.fleet[0].profile
    names = [a.name for a in problem.workload.adapters]
    plans = [
        GpuPlan(
            profile.name, profile.engine_config(3, 32), tuple((n, 1.0) for n in names[i : i + 3])
        )
        for i in range(0, 12, 3)
    ]
    problem = replace(problem, previous=Placement(tuple(plans)))
    few = run(problem)
    dear = run(replace(problem, move_cost=5.0))
    cheap = run(replace(problem, move_cost=0.01))
    assert len(few.placement.gpus) == len(cheap.placement.gpus) < 4
    assert moves(problem, cheap) > 0
    assert len(dear.placement.gpus) == 4
    assert moves(problem, dear) == 0


def test_gpus_that_are_left_out_are_emptied(running: Placement) -> None:
    rules = Rules(leave_out=["gpu-01"])
    problem = replace(example_problem(), previous=running, rules=rules)
    result = run(problem)
    assert result.is_feasible()
    assert "gpu-01" not in result.placement.names
    kept = plan_migration(running, result.placement, problem).kept
    assert len(kept) == len(running.gpus) - 1


def test_engines_for_a_smaller_rank_than_the_rules_want_are_started_anew(
    running: Placement,
) -> None:
    rules = Rules(max_lora_rank=64)
    fleet = (replace(example_problem().fleet[0]),)
    if fleet[0].profile.largest_rank < 64:
        profile = replace(fleet[0].profile, largest_rank=64)
        fleet = (replace(fleet[0], profile=profile),)
    problem = replace(example_problem(), fleet=fleet, previous=running, rules=rules)
    result = run(problem)
    assert {plan.config.max_lora_rank for plan in result.placement.gpus} == {64}
    migration = plan_migration(running, result.placement, problem)
    assert migration.kept == ()
    assert migration.interrupted == ()


@pytest.mark.parametrize("estimates", [1, 5, 20, 60])
def test_a_spent_budget_keeps_what_there_is(running: Placement, estimates: int) -> None:
    problem = replace(example_problem(30), previous=running)
    result = run(problem, max_estimates=estimates)
    placed = set(result.placement.total_shares()) | set(result.placement.unplaced)
    assert placed == {a.name for a in problem.workload.adapters}


@dataclass(frozen=True)
class Interrupted:
    """A strategy during which the user presses Ctrl-C, politely or not."""

    polite: bool

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        found = FirstFit().place(problem, evaluator, budget=budget, rng=rng)
        if self.polite:
            budget.interrupted = lambda: True
        return replace(found, status=SolveStatus.INTERRUPTED)


@pytest.mark.parametrize("polite", [False, True])
def test_an_interruption_of_the_other_strategy_keeps_what_there_is(
    running: Placement, polite: bool
) -> None:
    problem = replace(example_problem(30), previous=running)
    result = solve(problem, Interrupted(polite), ESTIMATOR, GpuCount(), verify=False)
    assert result.status is SolveStatus.INTERRUPTED
    assert result.reason == "the search was interrupted"
    assert result.placement.unplaced == ()


def test_other_objectives_count_moves_too(running: Placement) -> None:
    problem = replace(example_problem(max_gpus=8), previous=running)
    result = run(problem, Latency())
    assert result.is_feasible()
    assert len(result.value) == 2


def test_there_has_to_be_something_to_replan() -> None:
    problem = example_problem()
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    with pytest.raises(InputError, match="previous"):
        Replan(FirstFit()).place(problem, evaluator, budget=Budget(), rng=np.random.default_rng(0))


def test_costs_of_moves_are_not_negative_and_of_something(running: Placement) -> None:
    with pytest.raises(InputError, match=r"-1\.0 is not a number >= 0"):
        replace(example_problem(), previous=running, move_cost=-1.0)
    with pytest.raises(InputError, match="there is no previous placement"):
        replace(example_problem(), move_cost=0.1)
