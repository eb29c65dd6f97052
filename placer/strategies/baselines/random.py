"""Adapters on GPUs by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.search.dealing import deal_one_by_one
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import Assign, for_adapters, place_on_fleets

__all__ = ["Random"]


@dataclass(frozen=True, slots=True)
class Random(FleetMethod):
    """Each adapter on any of the GPUs, with equal probability.

    A baseline of arXiv 2602.24044. Adapters that are too hot for one GPU are cut evenly first.
    `place_on_fleets` says how the number of GPUs is found.
    """

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        place_on_fleets(search, items, self.assigner(search, items), self.slots)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        def choose(item: Item, targets: Sequence[int]) -> int:
            return int(search.rng.choice(targets))

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            return deal_one_by_one(search.problem, for_adapters(items), types, choose)

        return assign
