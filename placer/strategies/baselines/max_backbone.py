"""GPUs filled to the throughput of the backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.search.dealing import deal_one_by_one
from placer.search.filling import choose_types
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import (
    for_adapters,
    place_on_fleets,
    publish_on_fleet,
)
from placer.strategies.baselines.operating_point import backbone_throughput

__all__ = ["MaxBackbone"]


@dataclass(frozen=True, slots=True)
class MaxBackbone(FleetMethod):
    """Each GPU is filled, in the order of the workload, to the base model's throughput.

    A baseline of arXiv 2602.24044: as if adapters cost nothing. Its GPUs starve where they do.

    Parameters
    ----------
    slots : str
        As for `FleetMethod`.
    admissible : bool
        True: all GPUs are filled to the same traffic, and there are as many as it takes that none
        of them starves; `place_on_fleets` says how. False: the placement as published, whether its
        GPUs starve or not.
    """

    admissible: bool = True

    def search(self, search: Search) -> None:
        problem = search.problem
        items = search.items()
        adapters = problem.workload.adapters
        backbone = {
            gpu_type.profile.name: backbone_throughput(search.evaluator, gpu_type, adapters)
            for gpu_type in problem.fleet
        }
        own = for_adapters(items)
        total = sum(item.token_rate for item in items)
        part = sum(item.token_rate for item in own) / total if items else 1.0

        def capacity(types: Sequence[GpuType]) -> float:
            return sum(backbone[gpu_type.profile.name] for gpu_type in types)

        number = 1
        while capacity(choose_types(problem, items, number)) < total and number < (
            problem.gpu_limit or len(items)
        ):
            number += 1

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            # Of every GPU's throughput.
            level = min(1.0, total / capacity(types)) if self.admissible else 1.0
            room = [level * part * backbone[gpu_type.profile.name] for gpu_type in types]

            def choose(item: Item, targets: Sequence[int]) -> int:
                # The first that has room, else, where items do not add up, the emptiest.
                first = next((g for g in targets if room[g] >= item.token_rate), None)
                target = max(targets, key=lambda g: room[g]) if first is None else first
                room[target] -= item.token_rate
                return target

            return deal_one_by_one(problem, own, types, choose)

        place = place_on_fleets if self.admissible else publish_on_fleet
        place(search, items, assign, self.slots, number)
