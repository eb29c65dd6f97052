"""Alike: items that hardly differ are packed as one, so that very many take little longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item
from placer.problem.placement import GpuPlan

__all__ = ["Alike", "find_alike", "spread"]

_HOTTEST = 128  # items of a kind that differ too much from each other
_WHOLE = 1.0  # share


class Alike(NamedTuple):
    """Items in groups of equal size; ``alone`` are those in none.

    All of a group have the same rank and the same lengths and arrivals; the first of them has the
    most traffic. ``parts`` are lists of equal parts of an adapter that is too hot for one GPU.
    """

    groups: list[list[Item]]
    alone: list[Item]
    parts: list[list[Item]]


def find_alike(evaluator: Evaluator, items: Sequence[Item], size: int) -> Alike:
    """Group items with neighbors in traffic; those that a rule names are in no group.

    Parameters
    ----------
    evaluator : Evaluator
        Tells which adapters differ in nothing but rank and rate.
    items : sequence of Item
    size : int
        Of each group.
    """
    kinds: dict[tuple[int, int], list[Item]] = {}
    parts: dict[str, list[Item]] = {}
    found = Alike([], [], [])
    rules = evaluator.problem.rules
    bound = set(rules.names)
    for item in items:
        adapter = item.adapters[0]
        if adapter.name in bound or adapter.is_base or rules.replicas(adapter.name) > 1:
            found.alone.append(item)
        elif item.share != _WHOLE:
            parts.setdefault(adapter.name, []).append(item)
        else:
            kind = evaluator.classes.traffic_class(adapter.name), adapter.rank
            kinds.setdefault(kind, []).append(item)
    for members in kinds.values():
        members.sort(key=lambda item: (-item.adapters[0].rate, item.name))
        first = min(len(members), _HOTTEST)
        first += (len(members) - first) % size
        found.alone.extend(members[:first])
        found.groups.extend(members[k : k + size] for k in range(first, len(members), size))
    for members in parts.values():
        if len(members) > 1 and len({item.share for item in members}) == 1:
            found.parts.append(members)
        else:
            found.alone.extend(members)
    return found


def spread(plan: GpuPlan, groups: dict[str, list[Item]]) -> list[GpuPlan]:
    """GPUs like one that holds the first of each group: each holds another one of the groups.

    Parameters
    ----------
    plan : GpuPlan
        Holds nothing but such items, or parts of them.
    groups : dict of str to list of Item
        Groups by the name of the first.
    """
    contents = [(groups[name], share) for name, share in plan.shares]
    size = len(contents[0][0])
    return [
        GpuPlan(
            plan.profile_name,
            plan.config,
            tuple(sorted((group[k].name, share) for group, share in contents)),
        )
        for k in range(size)
    ]
