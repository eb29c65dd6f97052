"""dLoRA's proactive placement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.problem.fleet import GpuType
from placer.search.dealing import takers
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import Assign, for_adapters, place_on_fleets
from twin.workload.rank import legal_rank

__all__ = ["DloraProactive"]


@dataclass(frozen=True, slots=True)
class DloraProactive(FleetMethod):
    """Replicas for adapters by traffic, on engines with few adapters and much free KV memory.

    The proactive mechanism of dLoRA (Wu et al., OSDI 2024), as arXiv 2602.24044 compares with it.
    Again and again the adapter whose replicas are fewest for its traffic gets one, those without
    any first, on the engine that has the fewest adapters; but not if that makes the worst
    adapter's ratio of free KV memory, on all engines that hold it, to its traffic smaller. This
    ends with as many replicas as engines and adapters together, less one. Requests of an adapter
    are split evenly over its replicas. `place_on_fleets` says how the number of GPUs is found.
    """

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        place_on_fleets(search, items, self.assigner(search, items), self.slots)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        whole = {item.name: item.with_share(1.0) for item in for_adapters(items)}
        rules = search.problem.rules
        fewest = {name: rules.replicas(name) for name in whole}

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            return _Proactive(search, list(whole.values()), fewest, types).run()

        return assign


class _Proactive:
    """State of one run of the mechanism."""

    def __init__(
        self,
        search: Search,
        items: Sequence[Item],
        fewest: dict[str, int],
        types: Sequence[GpuType],
    ) -> None:
        self._problem = search.problem
        self._budget = search.budget
        self._items = items
        self._types = types
        self._fewest = fewest
        self._contents: list[list[Item]] = [[] for _ in types]
        self._holders: dict[str, list[int]] = {item.name: [] for item in items}
        self._token_rate = {item.name: item.token_rate for item in items}
        self._kv: dict[tuple[str, int, int], int] = {}  # tokens by profile, slots and rank

    def run(self) -> list[list[Item]] | None:
        refused: set[str] = set()
        wanted = len(self._types) + len(self._items) - 1
        while len(refused) < len(self._items):
            self._budget.check()
            placed = sum(map(len, self._holders.values()))
            needy = min(
                (item for item in self._items if item.name not in refused),
                key=lambda item: (self._urgency(item), item.name),
            )
            must = len(self._holders[needy.name]) < self._fewest[needy.name]
            if placed >= wanted and not must:
                break
            if not self._add(needy, must=must):
                if must:
                    return None
                refused.add(needy.name)
        return self._split()

    def _urgency(self, item: Item) -> tuple[bool, float, float]:
        """Smaller for adapters that lack replicas more."""
        number = len(self._holders[item.name])
        rate = self._token_rate[item.name]
        return number >= self._fewest[item.name], number / rate, -rate

    def _add(self, item: Item, *, must: bool) -> bool:
        """Give an adapter one more replica, and say whether it got it."""
        part = item.with_share(1 / self._fewest[item.name])
        held = self._holders[item.name]
        possible = takers(self._problem, part, self._types, self._contents)
        targets = [g for g in possible if g not in held]
        if not targets:
            return False
        before = self._worst()
        target = min(targets, key=lambda g: len(self._contents[g]))
        self._contents[target].append(part)
        held.append(target)
        if not must and self._worst() < before:
            self._contents[target].pop()
            held.pop()
            return False
        return True

    def _worst(self) -> float:
        """Smallest ratio of free KV memory to traffic of any adapter that is placed."""
        free = [
            self._free(gpu_type, content)
            for gpu_type, content in zip(self._types, self._contents, strict=True)
        ]
        ratios = (
            sum(free[g] for g in holders) / self._token_rate[name]
            for name, holders in self._holders.items()
            if holders
        )
        return min(ratios, default=math.inf)

    def _free(self, gpu_type: GpuType, content: Sequence[Item]) -> int:
        """KV tokens of an engine with as many slots as adapters."""
        profile, slots = gpu_type.profile, sum(len(item.adapters) for item in content)
        rank = legal_rank(max(item.rank for item in content)) if content else 0
        key = profile.name, slots, rank
        if key not in self._kv:
            self._kv[key] = profile.kv_capacity(slots, rank)
        return self._kv[key]

    def _split(self) -> list[list[Item]]:
        """Contents with the share of each replica."""
        return [
            [item.with_share(1 / len(self._holders[item.name])) for item in content]
            for content in self._contents
        ]
