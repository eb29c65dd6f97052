"""The running placement, as far as it can go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.running_engines import RunningEngines
from placer.replanning.continuation import continue_running, dissolve_engines
from placer.replanning.objective import WithMoves
from placer.search.search import Search
from placer.testing import example_problem
from twin.workload.workload import Workload


def setting(number: int, rate: float = 1.0) -> tuple[Search, RunningEngines]:
    """Two engines run, with four adapters each of at least eight; more are wanted, or fewer."""
    problem = example_problem(max(number, 8), rates=(rate,))
    profile = problem.fleet[0].profile
    plans = tuple(
        GpuPlan(
            profile.name,
            profile.engine_config(6, 32),
            tuple((f"adapter-{i:03d}", 1.0) for i in numbers),
        )
        for numbers in (range(4), range(4, 8))
    )
    wanted = Workload(problem.workload.adapters[:number])
    problem = Problem(wanted, problem.fleet, previous=Placement(plans))
    evaluator = Evaluator(ClosedFormEstimator(), WithMoves(GpuCount()), problem)
    assert problem.running is not None
    return Search(problem, evaluator, Budget(), np.random.default_rng(0)), problem.running


def shares_by_name(search: Search) -> dict[str, set[str]]:
    return {gpu.plan.name: {name for name, _ in gpu.plan.shares} for gpu in search.gpus}


def test_engines_go_on_as_they_are() -> None:
    search, running = setting(8)
    continue_running(search, running)
    assert shares_by_name(search) == {
        "gpu-00": {f"adapter-{i:03d}" for i in range(4)},
        "gpu-01": {f"adapter-{i:03d}" for i in range(4, 8)},
    }


@pytest.mark.parametrize("number", [6, 10])
def test_adapters_that_went_are_dropped_and_new_ones_join(number: int) -> None:
    search, running = setting(number)
    gpus = continue_running(search, running)
    assert search.unplaced == ()
    assert {gpu.plan.name for gpu in gpus} == {"gpu-00", "gpu-01"}
    held = shares_by_name(search)
    assert {f"adapter-{i:03d}" for i in range(4)} <= held["gpu-00"]


def test_an_engine_that_would_starve_gives_up_what_others_take() -> None:
    problem = setting(8)[0].problem
    hot = [replace(a, rate=12.0) if i < 4 else a for i, a in enumerate(problem.workload.adapters)]
    problem = replace(problem, workload=Workload(tuple(hot)))
    evaluator = Evaluator(ClosedFormEstimator(), WithMoves(GpuCount()), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    assert problem.running is not None
    continue_running(search, problem.running)
    assert search.unplaced == ()
    assert all(gpu.admissible for gpu in search.gpus)


def test_engines_may_be_given_up_for_a_gpu_less() -> None:
    search, running = setting(8, rate=0.5)
    gpus = continue_running(search, running)
    dissolve_engines(search, running, gpus)
    assert len(search.gpus) == 1
    assert search.unplaced == ()
