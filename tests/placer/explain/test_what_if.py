"""What would happen under other conditions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.explain import Change, WhatIf, what_if
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from tests.placer.explain.judges import judges_of
from twin.files.errors import InputError

ESTIMATOR = ClosedFormEstimator()


def search(problem: Problem) -> Result:
    return solve(problem, FirstFit(), ESTIMATOR, GpuCount(), verify=False)


PROBLEM = example_problem()
FOUND = search(PROBLEM)
NUMBER = len(FOUND.placement.gpus)


def answer(**changes: float | None) -> WhatIf:
    judge = Evaluator(ESTIMATOR, GpuCount(), PROBLEM)
    return what_if(judges_of(judge), FOUND.placement, Change(**changes), search)  # type: ignore[arg-type]


def test_no_change_changes_nothing() -> None:
    same = answer()
    assert same.failing == ()
    assert same.result.placement == FOUND.placement
    assert same.change.text == "no change"


def test_more_load_makes_gpus_fail_and_takes_more_of_them() -> None:
    more = answer(rate_factor=1.6)
    assert more.change.text == "rates × 1.6"
    assert more.failing
    assert set(more.failing) <= set(FOUND.placement.names)
    assert len(more.result.placement.gpus) > NUMBER
    less = answer(rate_factor=0.5)
    assert less.failing == ()
    assert len(less.result.placement.gpus) < NUMBER


def test_one_gpu_fewer() -> None:
    fewer = answer(gpus=-1)
    assert fewer.change.text == "1 GPU fewer"
    assert fewer.failing is None
    assert fewer.result.status is SolveStatus.INFEASIBLE
    assert f"{NUMBER - 1} may be used" in fewer.result.reason
    more = answer(gpus=2)
    assert more.change.text == "2 GPUs more"
    assert more.failing == ()
    assert more.result.is_feasible()


def test_a_larger_rank_for_every_engine() -> None:
    larger = answer(max_lora_rank=20)
    assert larger.change.text == "max_lora_rank 32"
    assert {plan.config.max_lora_rank for plan in larger.result.placement.gpus} == {32}


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="leaves none"):
        answer(gpus=-NUMBER)
    with pytest.raises(InputError, match="max_lora_rank"):
        answer(max_lora_rank=1000)
    with pytest.raises(InputError, match="rate factor"):
        answer(rate_factor=0.0)


def test_rules_and_limits_of_the_problem_stay() -> None:
    limited = replace(PROBLEM, max_gpus=NUMBER)
    changed = Change(rate_factor=2.0).problem(limited, NUMBER)
    assert changed.max_gpus == NUMBER
    assert changed.workload.rate == pytest.approx(2 * PROBLEM.workload.rate)


def test_the_strict_judge_says_what_fails() -> None:
    judge = Evaluator(ESTIMATOR, GpuCount(), PROBLEM)
    strict = Evaluator(ClosedFormEstimator(capacity=1.0), GpuCount(), PROBLEM)
    judges = judges_of(judge)._replace(strict=strict)
    assert what_if(judges, FOUND.placement, Change(), search).failing == FOUND.placement.names
