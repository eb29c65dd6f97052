"""GPUs filled to the throughput of the backbone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.search.dealing import deal_one_by_one
from placer.search.filling import choose_types
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import (
    Assign,
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
        backbone = _backbone(search)
        total = sum(item.token_rate for item in items)
        number = 1
        while _capacity(choose_types(problem, items, number), backbone) < total and number < (
            problem.gpu_limit or len(items)
        ):
            number += 1
        place = place_on_fleets if self.admissible else publish_on_fleet
        place(search, items, self._assigner(search, items, backbone), self.slots, number)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        return self._assigner(search, items, _backbone(search))

    def _assigner(
        self, search: Search, items: Sequence[Item], backbone: Mapping[str, float]
    ) -> Assign:
        own = for_adapters(items)
        total = sum(item.token_rate for item in items)
        part = sum(item.token_rate for item in own) / total if items else 1.0

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            # Of every GPU's throughput.
            level = min(1.0, total / _capacity(types, backbone)) if self.admissible else 1.0
            room = [level * part * backbone[gpu_type.profile.name] for gpu_type in types]

            def choose(item: Item, targets: Sequence[int]) -> int:
                # The first that has room, else, where items do not add up, the emptiest.
                first = next((g for g in targets if room[g] >= item.token_rate), None)
                target = max(targets, key=lambda g: room[g]) if first is None else first
                room[target] -= item.token_rate
                return target

            return deal_one_by_one(search.problem, own, types, choose)

        return assign


def _backbone(search: Search) -> dict[str, float]:
    """Tokens/s of the base model, by the name of the profile."""
    adapters = search.problem.workload.adapters
    return {
        gpu_type.profile.name: backbone_throughput(search.evaluator, gpu_type, adapters)
        for gpu_type in search.problem.fleet
    }


def _capacity(types: Sequence[GpuType], backbone: Mapping[str, float]) -> float:
    return sum(backbone[gpu_type.profile.name] for gpu_type in types)
