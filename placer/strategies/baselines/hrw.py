"""Rendezvous hashing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.problem.placement import gpu_name
from placer.search.dealing import deal_one_by_one
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import Assign, for_adapters, place_on_fleets

__all__ = ["Hrw", "hrw_weight"]


def hrw_weight(adapter: str, gpu: str) -> int:
    """Weight of a GPU for an adapter, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{adapter}\0{gpu}".encode(), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Hrw(FleetMethod):
    """Each adapter on the GPU for which a hash of both names is the highest.

    Highest random weight hashing (Thaler and Ravishankar, 1998), the default of NVIDIA Dynamo's
    LoRA allocation: it takes no look at traffic, and one GPU more or less moves only the adapters
    of that GPU. An adapter that is too hot for one GPU is cut evenly, and its parts go to the GPUs
    with the highest weights. `place_on_fleets` says how the number of GPUs is found.
    """

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        place_on_fleets(search, items, self.assigner(search, items), self.slots)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            taken: dict[str, set[int]] = {}

            def choose(item: Item, targets: Sequence[int]) -> int:
                used = taken.setdefault(item.name, set())
                free = [g for g in targets if g not in used] or list(targets)
                target = max(free, key=lambda g: hrw_weight(item.name, gpu_name(g)))
                used.add(target)
                return target

            return deal_one_by_one(search.problem, for_adapters(items), types, choose)

        return assign
