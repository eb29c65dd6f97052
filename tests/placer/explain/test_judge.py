"""The judges of explanations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.explain import twin_judges
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from placer.verification.judges import verification_seeds
from placer.verification.verify import Verifier

VERIFIER = Verifier(duration=60.0, seeds=(7, 8), explain=False)
WINDOW = Window(60.0, 30)


def placed(problem: Problem, verify: Verifier | bool, seed: int = 0) -> Result:
    return solve(problem, FirstFit(), TwinEstimator(WINDOW), GpuCount(), seed=seed, verify=verify)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return example_problem(24, (5.0,))


def test_they_say_of_a_verified_plan_what_its_verification_said(problem: Problem) -> None:
    result = placed(problem, VERIFIER)
    judges = twin_judges(problem, GpuCount(), result, VERIFIER)
    gpus = judges.strict.evaluate(result.placement.gpus)
    assert [gpu.estimate for gpu in gpus] == [figures.estimate for figures in result.gpus]
    assert all(gpu.admissible for gpu in gpus)
    assert judges.quick.problem is problem


def test_seeds_are_those_of_the_run(problem: Problem) -> None:
    result = replace(placed(problem, False), seed=5)
    judges = twin_judges(problem, GpuCount(), result)
    steady, quick = judges.robust.estimator, judges.quick.estimator
    assert isinstance(steady, TwinEstimator)
    assert isinstance(quick, TwinEstimator)
    assert steady.seeds == verification_seeds(5)
    assert quick.seeds == steady.seeds[:1]


def test_gpus_that_repair_opened_do_not_count(problem: Problem) -> None:
    """They were not there when it was said how often each GPU may starve."""
    result = placed(problem, VERIFIER)
    assert result.verification is not None
    grown = replace(result, verification=replace(result.verification, num_opened=1))
    one_less = VERIFIER.judges(problem, GpuCount(), len(result.placement.gpus) - 1)
    judges = twin_judges(problem, GpuCount(), grown, VERIFIER)
    most = judges.strict.problem.max_starvation_probability
    assert most == one_less.strict.problem.max_starvation_probability
