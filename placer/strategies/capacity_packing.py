"""Capacity packing: as few GPUs as measured capacities allow, equally full."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from placer.bounds.envelope import Envelope
from placer.bounds.mix_program import MixProgram
from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item
from placer.gpu.packing import Packer
from placer.search.filling import choose_types
from placer.search.offering import offer_refined
from placer.search.runs import Runs
from placer.search.search import Search
from placer.search.settling import Content, settle
from placer.search.squeezing import do_with
from placer.search.type_costs import type_costs
from placer.search.type_split import split_by_type
from placer.strategies.search_strategy import SearchStrategy

__all__ = ["CapacityPacking"]

_ROOMS = (1.03, 1.0, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.75, 0.7)  # how full GPUs may be
_FINE_ROOMS = (1.0, 0.996, 0.993, 0.99, 0.985, 0.98, *_ROOMS[2:])  # where edges were probed
_MANY = 16.0  # GPUs from which on probing the edge is worth it
_CHEAP = 300  # estimates for measuring the engines, beyond which it is not any more
_TOO_FULL = 1.08  # utilization that is not worth an estimate
_VERY_MANY = 128  # GPUs, of more than which emptying some by swaps would take too long


@dataclass(frozen=True, slots=True)
class CapacityPacking(SearchStrategy):
    """Runs of similar adapters on as many GPUs as their measured weights ask for.

    The capacity of each kind of engine is measured first (`placer.bounds.envelope.Envelope`). A
    program says how many GPUs of each type hold all adapters by their weights; these are cut into
    runs of equal utilization (`placer.search.runs.Runs`), and only then the estimator is asked,
    once or twice for each GPU. Adapters that a GPU cannot hold go to others; where none takes
    them, room is made by swaps (`placer.search.squeezing`), and where that fails a larger fleet is
    tried. So a few estimates for each GPU are enough, GPUs are filled with
    adapters that go well together, and none is fuller than the others.

    Where an objective gains from every further GPU, the traffic is also spread over all that there
    are.
    """

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        if not items:
            return
        envelope = search.envelope
        if _sum_of_weights(envelope) > _MANY and envelope.num_estimates < _CHEAP:
            envelope.probe_edges()
            # Equal parts of few hot adapters are safer, of many they are a waste.
            items = search.items(even=True, tight=True)
        table = WeightTable(envelope, items)
        packer = Packer(search.evaluator)
        for counts in _fleets(search, packer, table):
            before = search.gpus
            if _no_less(search, counts) or _try_fleet(search, packer, table, counts):
                break
            if envelope.probed and before is search.gpus and not search.unplaced:
                break  # with exact weights, still larger fleets give nothing better
        limit = search.problem.gpu_limit
        if limit is not None:
            types = choose_types(search.problem, items, min(limit, len(items)))
            names = [gpu_type.profile.name for gpu_type in types]
            _try_fleet(search, packer, table, {name: names.count(name) for name in names})


def _sum_of_weights(envelope: Envelope) -> float:
    """GPUs that all adapters fill, each on the engine on which it weighs least."""
    return float(np.min(list(envelope.weights.values()), axis=0).sum())


def _fleets(search: Search, packer: Packer, table: WeightTable) -> Iterator[dict[str, int]]:
    """Numbers of GPUs of each type that hold all adapters, if each is filled less and less."""
    engines = search.envelope.engines
    costs_of = type_costs(search, packer, table.items)
    costs = np.array([costs_of[profile] for profile, _ in engines])
    limits = [
        (np.array([profile in names for profile, _ in engines]), count)
        for names, count in search.problem.pools.limits
    ]
    if search.problem.max_engines is not None:
        limits.append((np.ones(len(engines), dtype=bool), search.problem.max_engines))
    known: list[dict[str, int]] = []
    for room in _FINE_ROOMS if search.envelope.probed else _ROOMS:
        program = MixProgram.of(search.envelope.weights, np.full(len(engines), room))
        numbers = program.engines(costs, limits)
        if numbers is None:
            return
        counts: dict[str, int] = {}
        for (profile, _), number in zip(engines, numbers.tolist(), strict=True):
            counts[profile] = counts.get(profile, 0) + number
        if counts not in known:
            known.append(counts)
            yield counts


def _no_less(search: Search, counts: Mapping[str, int]) -> bool:
    """Whether there is a placement already with as few GPUs, where there is but one type."""
    found = bool(search.gpus) and not search.unplaced
    return found and len(counts) == 1 and len(search.gpus) <= sum(counts.values())


def _try_fleet(
    search: Search, packer: Packer, table: WeightTable, counts: Mapping[str, int]
) -> bool:
    """Distribute the items over some GPUs, and whether these were enough."""
    split = split_by_type(table, counts)
    if split is None:
        return False
    contents: list[Content] = []
    left: list[Item] = []
    for name, chosen in split.items():
        runs = Runs(search.problem, table, name, chosen)
        fullest, cut = runs.within(counts[name])
        if _TOO_FULL < fullest < math.inf:
            return False
        if len(cut) > counts[name]:  # more than there are: as many full ones as there may be
            cut = runs.cut(1.0)
        gpu_type = search.problem.gpu_type(name)
        filled = [[table.items[i] for i in run.tolist()] for run in cut]
        contents += [(gpu_type, items) for items in filled[: counts[name]]]
        left += [item for items in filled[counts[name] :] for item in items]
    found, left = settle(search, packer, contents, left)
    offer_refined(search, packer, found)
    number = sum(counts.values())
    if not left and number < len(found) <= _VERY_MANY:
        squeezed = do_with(search, packer, found, number)
        if squeezed:
            offer_refined(search, packer, squeezed)
            return True
    return not left and len(found) <= number
