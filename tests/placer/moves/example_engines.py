"""Engines with adapters of given rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.rules import Rules
from placer.testing import example_problem
from twin.workload.workload import Workload

__all__ = ["engine", "evaluator_of"]


def evaluator_of(rates: Sequence[float], rules: Rules | None = None) -> Evaluator:
    """Of a problem with an adapter for each rate."""
    problem = example_problem(len(rates))
    adapters = tuple(
        replace(a, rate=rate) for a, rate in zip(problem.workload.adapters, rates, strict=True)
    )
    problem = replace(problem, workload=Workload(adapters), rules=rules or Rules())
    return Evaluator(ClosedFormEstimator(), GpuCount(), problem)


def engine(evaluator: Evaluator, numbers: range, rank: int = 32) -> EvaluatedGpu:
    """A GPU of eight slots with the adapters of some numbers."""
    profile = evaluator.problem.fleet[0].profile
    shares = tuple((f"adapter-{i:03d}", 1.0) for i in numbers)
    plan = GpuPlan(profile.name, profile.engine_config(8, rank), shares, "home")
    return evaluator.evaluate([plan])[0]
