"""solve."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import FewestGpus, GpuCount
from placer.solve import solve
from placer.strategies import FirstFit, Greedy, Milp
from placer.strategies.base import Strategy
from placer.testing import example_problem
from tests.placer.bounds.small_instances import small_instance
from twin.engine.simulate import simulate
from twin.workload.workload import Workload

ELSEWHERE = """
import json
from dataclasses import replace
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.objectives import GpuCount
from placer.solve import solve
from placer.strategies import Milp
from placer.testing import example_problem

estimator = TwinEstimator(Window(60.0, 50), num_workers=3)
result = solve(example_problem(12), Milp(max_rounds=2), estimator, GpuCount(), seed=5)
print(json.dumps(replace(result, runtime=0.0).to_dict()))
"""


def test_seed_and_time_are_part_of_the_result() -> None:
    ticks = iter(range(100))
    budget = Budget(clock=lambda: float(next(ticks)))
    result = solve(
        example_problem(), FirstFit(), ClosedFormEstimator(), GpuCount(), budget, 7, verify=False
    )
    assert result.seed == 7
    assert result.runtime > 0
    assert result.verification is None
    assert not result.verified
    assert result.num_estimates == budget.num_estimates > 0


class Halves:
    """Has two others answer the candidates with one adapter, and those with more."""

    def __init__(self) -> None:
        self.counts = {"one": 0, "more": 0}

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        for candidate in candidates:
            self.counts["one" if len(candidate.adapters) == 1 else "more"] += 1
        return ClosedFormEstimator().estimate(candidates, rule)


def test_who_answered_is_part_of_the_result() -> None:
    estimator = Halves()
    for _ in range(2):
        result = solve(example_problem(), FirstFit(), estimator, GpuCount(), verify=False)
        counts = dict(result.answered_by)
        assert sum(counts.values()) == result.num_estimates
        assert counts["more"] > 0
    plain = solve(example_problem(), FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert plain.answered_by == ()


@pytest.mark.parametrize("strategy", [Greedy(), FirstFit(), Milp(max_rounds=1)], ids=repr)
def test_what_the_twin_decides_it_also_verifies(strategy: Strategy) -> None:
    estimator = TwinEstimator(Window(60.0, 50))
    problem = example_problem(20, (4.0, 1.0))
    result = solve(problem, strategy, estimator, GpuCount())
    assert result.is_feasible()
    assert result.verified
    for figures in result.gpus:
        assert figures.estimate.served_ratio >= 0.9
        assert figures.headroom >= 0
    assert result.value >= result.lower_bound


def test_same_seed_same_result_in_another_process_with_other_workers(tmp_path: Path) -> None:
    estimator = TwinEstimator(Window(60.0, 50), num_workers=1)
    here = solve(example_problem(12), Milp(max_rounds=2), estimator, GpuCount(), seed=5)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    there = json.loads(done.stdout)
    expected = json.loads(json.dumps(replace(here, runtime=0.0).to_dict()))
    assert there == expected


@pytest.mark.parametrize("seed", [900, 901, 902])
def test_no_gpu_of_a_verified_plan_has_a_backlog_that_grows(seed: int) -> None:
    """After three hours as many requests wait and run as after one, but for chance."""
    problem = small_instance(seed, own_lengths=True)
    estimator, objective = TwinEstimator(), FewestGpus()
    result = solve(problem, FirstFit(decreasing=True), estimator, objective)
    assert result.verified
    evaluator = Evaluator(estimator, objective, problem)
    for plan in result.placement.gpus:
        candidate = evaluator.planned(plan).candidate
        backlogs = []
        for hours in (1, 3):
            run = simulate(
                Workload(candidate.adapters),
                candidate.config,
                candidate.profile,
                duration=3600.0 * hours,
                seed=11,
            )
            backlogs.append(run.backlog_requests)
        early, late = backlogs
        assert late <= early + 6 * (early + 1) ** 0.5
