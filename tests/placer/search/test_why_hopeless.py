"""Why adapters are hopeless, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import make_items
from placer.objectives import FewestGpus, GpuCount, Slo
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from placer.search.why_hopeless import first_names, why_hopeless
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

LENGTHS = CopulaLengths(FixedLength(2000), FixedLength(20))
WORKLOAD = Workload(tuple(Adapter(f"a{i}", 8, 1.0 + i, LENGTHS) for i in range(5)))
PROBLEM = Problem(WORKLOAD, (GpuType(example_profile()),), latency_limits=LatencyLimits(0.05))


def told(objective: Objective, problem: Problem = PROBLEM) -> str:
    evaluator = Evaluator(TwinEstimator(), objective, problem)
    items, hopeless = make_items(evaluator)
    assert (items, len(hopeless)) == ((), 5)
    spent = Budget(max_estimates=1)
    spent.spend(1)
    with evaluator.within(spent):  # nothing is asked again
        return why_hopeless(evaluator, hopeless)


def test_late_ones_with_the_value_and_the_limit() -> None:
    assert told(FewestGpus()) == (
        "no GPU answers a4, a3, a2 and 2 more within latency_limits: alone on a GPU, with one of "
        "16 of its requests, a4 has a p99 of the time to first token of 0.128 s "
        "(latency_limits.ttft: 0.05 s)"
    )
    both = replace(PROBLEM, latency_limits=LatencyLimits(0.05, 0.001))
    assert "per output token of 0.0" in told(FewestGpus(), both)
    near = replace(PROBLEM, latency_limits=LatencyLimits(0.1275))
    assert "of 0.12752 s (latency_limits.ttft: 0.1275 s)" in told(FewestGpus(), near)


def test_those_that_an_objective_does_not_accept() -> None:
    assert told(Slo(ttft=0.05, min_share=0.5)).startswith(
        "the objective accepts no GPU with a4, a3, a2 and 2 more, not even alone on a GPU, with "
    )


def test_those_that_starve() -> None:
    evaluator = Evaluator(ClosedFormEstimator(0.01), GpuCount(), example_problem(1, (9.0,)))
    _, hopeless = make_items(evaluator)
    shown = "no GPU serves even a small share of adapter-000 without starving"
    asked = "as ClosedFormEstimator expects; estimator=twin simulates it"
    assert why_hopeless(evaluator, hopeless) == f"{shown}, {asked}"
    starving = replace(PROBLEM, workload=WORKLOAD.scaled(1e4))
    simulated = Evaluator(TwinEstimator(), GpuCount(), starving)
    assert why_hopeless(simulated, ["a4"]) == shown.replace("adapter-000", "a4")


@pytest.mark.parametrize(
    ("names", "shown"), [("a", "a"), ("abc", "a, b, c"), ("abcde", "a, b, c and 2 more")]
)
def test_only_a_few_names_are_shown(names: str, shown: str) -> None:
    assert first_names(list(names)) == shown
