"""Dealing: items to the GPUs of a fleet, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from placer.gpu.items import Item, compatible
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem

__all__ = ["Choose", "deal_one_by_one", "takers"]

Choose = Callable[[Item, Sequence[int]], int]
"""Chooses one of the GPUs that may take an item."""


def takers(
    problem: Problem, item: Item, types: Sequence[GpuType], contents: Sequence[Sequence[Item]]
) -> list[int]:
    """Positions of the GPUs that may take an item beside what they hold.

    Parameters
    ----------
    problem : Problem
    item : Item
    types : sequence of GpuType
        Of the GPUs.
    contents : sequence of sequence of Item
        What each GPU holds.
    """
    return [
        g
        for g, gpu_type in enumerate(types)
        if not problem.refusals(gpu_type, item.adapters)
        and (not problem.rules or compatible(problem, [item], contents[g]))
    ]


def deal_one_by_one(
    problem: Problem, items: Iterable[Item], types: Sequence[GpuType], choose: Choose
) -> list[list[Item]] | None:
    """What each GPU gets where a choice is made for each item in order.

    Parameters
    ----------
    problem : Problem
    items : iterable of Item
    types : sequence of GpuType
        Of the GPUs.
    choose : callable
        The choice.

    Returns
    -------
    list of list of Item, or None
        One list for each GPU; None where no GPU may take an item.
    """
    contents: list[list[Item]] = [[] for _ in types]
    for item in items:
        targets = takers(problem, item, types, contents)
        if not targets:
            return None
        contents[choose(item, targets)].append(item)
    return contents
