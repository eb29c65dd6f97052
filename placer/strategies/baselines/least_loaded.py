"""Each adapter on the GPU with the least traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.search.dealing import deal_one_by_one
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import Assign, for_adapters, place_on_fleets

__all__ = ["LeastLoaded"]


@dataclass(frozen=True, slots=True)
class LeastLoaded(FleetMethod):
    """Each adapter, in the order of the workload, on the GPU with the lowest total rate.

    The latency variant of arXiv 2602.24044 ("ProposedLat"), which asks its models afterwards
    whether the GPUs have enough memory and do not starve. Adapters that are too hot for one GPU
    are cut evenly first. `place_on_fleets` says how the number of GPUs is found.
    """

    slots: str = "best"

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        place_on_fleets(search, items, self.assigner(search, items), self.slots)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            rates = [0.0] * len(types)

            def choose(item: Item, targets: Sequence[int]) -> int:
                target = min(targets, key=lambda g: rates[g])
                rates[target] += item.rate
                return target

            return deal_one_by_one(search.problem, for_adapters(items), types, choose)

        return assign
