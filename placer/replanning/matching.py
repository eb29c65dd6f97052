"""Matching: which GPU of a new placement goes on with which running engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from placer.gpu.evaluator import Evaluator
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines

__all__ = ["match_engines"]


def match_engines(
    evaluator: Evaluator,
    gpus: Sequence[EvaluatedGpu],
    running: RunningEngines,
    *,
    adopt: bool = True,
) -> list[EvaluatedGpu]:
    """The same GPUs, going on with the engines with which they have most adapters in common.

    The assignment is optimal for the GPUs as they are; it is the last step of LoRAServe (arXiv
    2511.22880). Before, adapters that differ in nothing but their names change places where one of
    them is at home.

    Parameters
    ----------
    evaluator : Evaluator
    gpus : sequence of EvaluatedGpu
    running : RunningEngines
    adopt : bool
        Before that, give GPUs the configuration of the engine that they have most in common with,
        where they are admissible with it; the estimator is asked for that.

    Returns
    -------
    list of EvaluatedGpu
        With the names of the engines that go on; the others have none.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    plans = [replace(gpu.plan, name="") for gpu in gpus]
    if adopt:
        plans = _adopt(evaluator, plans, running)
    plans = _swap_equals(evaluator, plans, _assign(plans, running), running)
    homes = _assign(plans, running)
    named = [
        replace(plan, name=running.names[homes[g]] if g in homes else "")
        for g, plan in enumerate(plans)
    ]
    return evaluator.evaluate(named)


def _adopt(
    evaluator: Evaluator, plans: Sequence[GpuPlan], running: RunningEngines
) -> list[GpuPlan]:
    """Give GPUs the configuration of a running engine where they are admissible with it."""
    adopted = list(plans)
    candidates: dict[int, GpuPlan] = {}
    for g, engine in _assign(plans, running, same_config=False).items():
        candidate = replace(plans[g], config=running.plans[engine].config)
        ranks = [evaluator.adapters[name].rank for name, _ in candidate.shares]
        if max(ranks) <= candidate.config.largest_rank:
            candidates[g] = candidate
    for g, gpu in zip(candidates, evaluator.evaluate(list(candidates.values())), strict=True):
        if gpu.admissible:
            adopted[g] = gpu.plan
    return adopted


def _assign(
    plans: Sequence[GpuPlan], running: RunningEngines, *, same_config: bool = True
) -> dict[int, int]:
    """Engine by GPU, with as many adapters as possible where they are now."""
    from scipy.optimize import linear_sum_assignment  # here: slow to import

    common = np.zeros((len(plans), len(running.plans)))
    for g, plan in enumerate(plans):
        names = [name for name, _ in plan.shares]
        for engine in running.engines(plan.profile_name, plan.config if same_config else None):
            common[g, engine] = running.common(engine, names)
    rows, columns = linear_sum_assignment(-common)
    return {
        int(g): int(engine)
        for g, engine in zip(rows, columns, strict=True)
        if common[g, engine] > 0
    }


def _swap_equals(
    evaluator: Evaluator,
    plans: Sequence[GpuPlan],
    homes: dict[int, int],
    running: RunningEngines,
) -> list[GpuPlan]:
    """Let interchangeable adapters change places so that as many as possible are at home."""
    rules, classes = evaluator.problem.rules, evaluator.classes
    seats: dict[Hashable, list[tuple[int, float]]] = defaultdict(list)
    people: dict[Hashable, list[str]] = defaultdict(list)
    fixed: list[dict[str, float]] = [{} for _ in plans]
    for g, plan in enumerate(plans):
        for name, share in plan.shares:
            if share == 1.0 and len(rules.bundle(name)) == 1:
                own: Hashable = (classes.estimated_class(name), rules.distinguish(name))
                seats[own].append((g, share))
                people[own].append(name)
            else:
                fixed[g][name] = share
    for own, places in seats.items():
        free = list(places)
        waiting = []
        for name in sorted(people[own]):
            at_home = next(
                (seat for seat in free if homes.get(seat[0], -1) in running.homes.get(name, ())),
                None,
            )
            if at_home is None:
                waiting.append(name)
            else:
                free.remove(at_home)
                fixed[at_home[0]][name] = at_home[1]
        for name, (g, share) in zip(waiting, free, strict=True):
            fixed[g][name] = share
    return [
        replace(plan, shares=tuple(sorted(shares.items())))
        for plan, shares in zip(plans, fixed, strict=True)
    ]
