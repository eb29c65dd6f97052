"""Strategies that break a rule are told which, in words; none ends the checks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.rules import Rules
from placer.strategies import FirstFit
from placer.testing import StrategyRules

Change = Callable[[Result, Evaluator], Result]


@dataclass(frozen=True)
class Changed:
    """First fit, and something that is wrong with what it finds."""

    change: Change

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        result = FirstFit().place(problem, evaluator, budget=budget, rng=rng)
        return self.change(result, evaluator)


@dataclass(frozen=True)
class Unprotected:
    """Asks the estimator, and does not expect that the search may have to end."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        names = list(evaluator.adapters)
        plans = [evaluator.plan(problem.fleet[0], 1, {name: 1.0}) for name in names]
        for plan in plans:
            evaluator.evaluate([plan])
        return FirstFit().place(problem, evaluator, budget=budget, rng=rng)


@dataclass(frozen=True)
class Counting:
    """Remembers how often it was called."""

    calls: list[int] = field(default_factory=list)

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        self.calls.append(1)
        result = FirstFit().place(problem, evaluator, budget=budget, rng=rng)
        return replace(result, num_estimates=len(self.calls))


def on_one_gpu(result: Result, evaluator: Evaluator) -> Result:
    """Everything on a GPU that starves, called feasible."""
    names = dict.fromkeys(evaluator.adapters, 1.0)
    (gpu,) = evaluator.evaluate([evaluator.plan(evaluator.problem.fleet[0], 8, names)])
    return replace(
        result,
        placement=Placement((gpu.plan,)),
        gpus=(GpuFigures(gpu.estimate, gpu.cost),),
        value=gpu.cost,
        status=SolveStatus.FEASIBLE,
        reason="",
    )


def shout(result: Result, evaluator: Evaluator) -> Result:
    os.write(1, b"done!")
    return result


def rules(change: Change) -> StrategyRules:
    return StrategyRules(Changed(change))


BROKEN: dict[str, tuple[Callable[[], None], str]] = {
    "starving": (
        lambda: rules(on_one_gpu).every_adapter_is_placed_on_gpus_that_serve_it(GpuCount(), None),
        r"GPU gpu-00 of the placement is not admissible: it starves with probability 1, at most",
    ),
    "printing": (
        lambda: rules(shout).nothing_is_printed(),
        r"the search has printed 'done!'",
    ),
    "seeds": (
        lambda: StrategyRules(Counting()).same_seed_same_result(GpuCount()),
        "same seed gave two results: num_estimates 1 and 2",
    ),
    "budget": (
        lambda: StrategyRules(Unprotected()).a_spent_budget_keeps_the_best_placement(
            GpuCount(), 10
        ),
        "BudgetExhausted has left `place`",
    ),
    "interruption": (
        lambda: StrategyRules(Unprotected()).ctrl_c_keeps_the_best_placement(GpuCount(), 8),
        "Ctrl-C has left `place` instead of ending the search",
    ),
    "status": (
        lambda: rules(
            lambda r, _: replace(r, status=SolveStatus.TIME_LIMIT, reason="late")
        ).every_objective_is_served(GpuCount()),
        "the status is time_limit, not optimal or feasible: 'late'",
    ),
    "bound": (
        lambda: rules(
            lambda r, _: replace(r, lower_bound=(99.0,))
        ).no_value_is_below_its_lower_bound(GpuCount()),
        r"the value .* is below the lower bound \(99.0,\)",
    ),
    "reason": (
        lambda: rules(
            lambda r, _: replace(r, reason="no idea")
        ).too_few_gpus_are_a_status_with_a_reason(GpuCount()),
        "the reason names no bound: 'no idea'",
    ),
    "slack": (
        lambda: rules(on_one_gpu).counts_of_gpu_types_are_kept(GpuCount()),
        "is not admissible",
    ),
    "rules": (
        lambda: StrategyRules(Ignorant()).rules_are_kept(
            GpuCount(), Rules(apart=[["adapter-000", "adapter-001"]])
        ),
        r"GPU gpu-0. of the placement is not admissible: .*adapter-000.*apart",
    ),
}


@dataclass(frozen=True)
class Ignorant:
    """Places as if there were no rules."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        free = replace(problem, rules=Rules())
        own = Evaluator(evaluator.estimator, evaluator.objective, free, budget)
        return FirstFit().place(free, own, budget=budget, rng=rng)


@pytest.mark.parametrize("case", BROKEN)
def test_broken_rules_are_told_in_words(case: str) -> None:
    check, words = BROKEN[case]
    with pytest.raises(AssertionError, match=words):
        check()


def test_ctrl_c_of_the_user_ends_the_checks() -> None:
    def pressed(result: Result, evaluator: Evaluator) -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rules(pressed).ctrl_c_keeps_the_best_placement(GpuCount(), 10**9)
