"""Engines that run, whose adapters differ in nothing but their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.replanning.objective import WithMoves
from placer.search.search import Search
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

__all__ = ["PROFILE", "going_on", "running_problem", "search_of"]

PROFILE = example_profile()
LENGTHS = CopulaLengths(FixedLength(100), FixedLength(50))


def running_problem(
    *engines: Sequence[float],
    new: Sequence[float] = (),
    ranks: Mapping[str, int] | None = None,
    gone: Sequence[str] = (),
    slots: int = 8,
    rank: int = 8,
    **limits: Any,
) -> Problem:
    """Engines with adapters of some rates, a0, a1 and so on the first one; new ones are n0, n1.

    A GPU serves about 63 requests/s of few adapters in 8 slots of rank 8. Ranks are 8 unless
    others are given.
    """
    rates, plans = {}, []
    for letter, values in zip("abcdefgh", engines, strict=False):
        names = [f"{letter}{i}" for i in range(len(values))]
        rates |= dict(zip(names, values, strict=True))
        shares = tuple((name, 1.0) for name in sorted(names))
        plans.append(GpuPlan(PROFILE.name, PROFILE.engine_config(slots, rank), shares))
    rates |= {f"n{i}": rate for i, rate in enumerate(new)}
    adapters = tuple(
        Adapter(name, (ranks or {}).get(name, 8), rate, LENGTHS)
        for name, rate in rates.items()
        if name not in gone
    )
    fleet = (GpuType(PROFILE),)
    return Problem(Workload(adapters), fleet, previous=Placement(tuple(plans)), **limits)


def search_of(problem: Problem, objective: Objective | None = None) -> Search:
    """A search without limits that counts moves."""
    objective = WithMoves(objective or GpuCount())
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    return Search(problem, evaluator, Budget(), np.random.default_rng(0))


def going_on(search: Search) -> list[EvaluatedGpu]:
    """The engines as they run, each by its name, whether they can go on or not."""
    running = search.problem.running
    assert running is not None
    plans = [
        GpuPlan(plan.profile_name, plan.config, plan.shares, name)
        for plan, name in zip(running.plans, running.names, strict=True)
    ]
    return search.evaluator.evaluate(plans)
