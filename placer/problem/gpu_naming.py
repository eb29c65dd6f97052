"""Names for the GPUs of a placement."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from placer.problem.placement import Placement, gpu_name
from placer.problem.problem import Problem

__all__ = ["name_gpus"]


def name_gpus(problem: Problem, placement: Placement) -> Placement:
    """Give every GPU a name that the fleet and the rules allow, and say what is a base model's.

    A GPU with an adapter that is pinned gets the name that it is pinned to. GPUs that have a name
    keep it unless it is left out or taken. The others get those that are left of the fleet's, or
    ``gpu-00``, ``gpu-01`` and so on; those of engines of a previous placement last, which would
    have to be stopped first.

    Parameters
    ----------
    problem : Problem
    placement : Placement
        Its GPUs are of types and in numbers that the fleet has.
    """
    pinned = problem.rules.pinned
    wanted: list[str] = []
    for plan in placement.gpus:
        targets = [pinned[name] for name, _ in plan.shares if name in pinned]
        wanted.append(next((gpu for gpu in targets if gpu not in wanted), ""))
    barred = {*wanted, *pinned.values(), *problem.rules.leave_out}
    kept = {plan.name for plan in placement.gpus} - barred
    names = [
        name or (plan.name if plan.name in kept else "")
        for plan, name in zip(placement.gpus, wanted, strict=True)
    ]
    taken = {name for name in names if name}
    barred |= taken
    free: dict[str, Iterator[str]] = {}  # what was passed over stays barred
    for index, plan in enumerate(placement.gpus):
        if not names[index]:
            left = free.setdefault(plan.profile_name, _free(problem, plan.profile_name))
            names[index] = next(name for name in left if name not in barred)
            barred.add(names[index])
    named = [replace(plan, name=name) for plan, name in zip(placement.gpus, names, strict=True)]
    base = {adapter.name for adapter in problem.workload.adapters if adapter.is_base}
    served = base & placement.total_shares().keys() if base else base
    return replace(placement, gpus=tuple(named), base=tuple(sorted(served)))


def _free(problem: Problem, profile: str) -> Iterator[str]:
    """Names that GPUs of a profile may have, taken or not, in the order of preference."""
    known = problem.gpu_type(profile).names
    running = () if problem.running is None else problem.running.names
    limit = problem.gpu_limit
    numbers = range(sys.maxsize if limit is None else limit + len(problem.rules.leave_out))
    names = known or map(gpu_name, numbers)
    yield from (name for name in names if name not in running)
    yield from known or (gpu_name(index) for index in count())
