"""Costs of GPU types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.packing import Packer
from placer.objectives import Cost, Energy, GpuCount
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.search.type_costs import type_costs
from placer.testing import example_problem

FLEET = (
    GpuType(replace(example_profile("cheap"), price_per_hour=1.0)),
    GpuType(replace(example_profile("dear"), price_per_hour=3.0)),
    GpuType(replace(example_profile("other"), model="other", price_per_hour=5.0)),
)


def search_of(objective: Objective) -> Search:
    workload = example_problem(6).workload
    own = workload.of(replace(a, base_model="example-8b") for a in workload.adapters)
    problem = Problem(own, FLEET)
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    return Search(problem, evaluator, Budget(), np.random.default_rng(0))


def costs(search: Search) -> dict[str, float]:
    return type_costs(search, Packer(search.evaluator), search.items())


def test_they_are_the_objectives() -> None:
    assert costs(search_of(Cost())) == {"cheap": 1.0, "dear": 3.0, "other": 1.0}
    assert costs(search_of(GpuCount())) == {"cheap": 1.0, "dear": 1.0, "other": 1.0}


def test_what_depends_on_the_load_is_a_mean() -> None:
    search = search_of(Energy())
    before = costs(search)
    names = [adapter.name for adapter in search.problem.workload.adapters]
    plan = search.evaluator.plan(FLEET[0], 3, dict.fromkeys(names[:3], 1.0))
    (gpu,) = search.evaluator.evaluate([plan])
    known = [each.cost[0] for each in search.evaluator.admissible_gpus]
    own = [
        each.cost[0]
        for each in search.evaluator.admissible_gpus
        if each.plan.profile_name == "cheap"
    ]
    assert gpu.cost[0] in known
    assert costs(search)["cheap"] == pytest.approx(sum(own) / len(own))
    assert before["cheap"] > 0


def test_a_gpu_that_costs_nothing_still_counts() -> None:
    class Free(GpuCount):
        def gpu_cost(self, gpu, estimate):  # type: ignore[no-untyped-def]  # as the parent's
            return (0.0,)

    assert 0 < costs(search_of(Free()))["cheap"] < 1e-6
