"""LoRAServe's rank-aware fractional packing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placer.gpu.items import Item, by_decreasing_traffic
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.search.dealing import takers
from placer.search.search import Search
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.fleet_size import (
    Assign,
    for_adapters,
    place_on_fleets,
    publish_on_fleet,
)
from placer.strategies.baselines.operating_point import operating_point

__all__ = ["LoraServe"]

_SMALLEST = 1e-3  # share of an adapter that is worth a replica
_ROUNDING = 1e-9  # what is left of a share that was divided


@dataclass(frozen=True, slots=True)
class LoraServe(FleetMethod):
    """Adapters of a rank on GPUs of their own, cut so that all GPUs are equally loaded.

    LoRAServe's placement (arXiv 2511.22880, as arXiv 2602.24044 re-creates it). The utilization of
    a rank is its traffic over its operating point, the most traffic of that rank that a GPU
    serves. GPUs are divided among the ranks by utilization, by largest remainders. Within a rank
    the adapters, largest traffic first, go to the least loaded GPU up to the mean utilization, and
    further to the next; what is left goes to the least loaded GPU whose largest rank is at least
    as high. `place_on_fleets` says how the number of GPUs is found.

    Its last step, a renumbering of the GPUs that keeps most of the previous placement, is part of
    replanning for all strategies.

    Parameters
    ----------
    slots : str
        As for `FleetMethod`.
    admissible : bool
        True: GPUs are added until none of them starves. False: as many as the utilization says,
        whether they starve or not.
    """

    admissible: bool = True

    def search(self, search: Search) -> None:
        items = search.items(even=True)
        by_rank = _by_rank(items)
        points = _operating_points(search, by_rank)
        best = [max(p for (_, r), p in points.items() if r == rank) for rank in by_rank]
        if min(best, default=0.0) <= 0:
            return
        traffic = [sum(item.token_rate for item in group) for group in by_rank.values()]
        number = math.ceil(sum(rate / point for rate, point in zip(traffic, best, strict=True)))
        place = place_on_fleets if self.admissible else publish_on_fleet
        place(search, items, _assigner(search, items, points), self.slots, number)

    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        points = _operating_points(search, _by_rank(items))
        if min(points.values(), default=0.0) <= 0:
            return lambda types: None
        return _assigner(search, items, points)


_Points = Mapping[tuple[str, int], float]
"""Most tokens/s that a GPU may have, by the name of its profile and the rank."""


def _whole(items: Sequence[Item]) -> list[Item]:
    return list({item.name: item.with_share(1.0) for item in items}.values())


def _by_rank(items: Sequence[Item]) -> dict[int, list[Item]]:
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in _whole(items):
        groups[item.rank].append(item)
    return groups


def _operating_points(search: Search, by_rank: Mapping[int, Sequence[Item]]) -> _Points:
    problem = search.problem
    return {
        (gpu_type.profile.name, rank): operating_point(
            search.evaluator, gpu_type, [a for item in group for a in item.adapters]
        )
        for gpu_type in problem.fleet
        for rank, group in by_rank.items()
        if any(not problem.refusals(gpu_type, item.adapters) for item in group)
    }


def _assigner(search: Search, items: Sequence[Item], points: _Points) -> Assign:
    own = for_adapters(_whole(items))

    def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
        return _Packing(search.problem, types, points).run(own)

    return assign


class _Packing:
    """State of one packing."""

    def __init__(
        self,
        problem: Problem,
        types: Sequence[GpuType],
        points: _Points,
    ) -> None:
        self._problem = problem
        self._types = types
        self._points = points
        self._contents: list[list[Item]] = [[] for _ in types]
        self._use = [0.0] * len(types)  # utilization of each GPU

    def run(self, items: Sequence[Item]) -> list[list[Item]] | None:
        left: list[Item] = []
        for name in dict.fromkeys(gpu_type.profile.name for gpu_type in self._types):
            gpus = [g for g, t in enumerate(self._types) if t.profile.name == name]
            own = [item for item in items if self._home(item) == name]
            left += self._pack_type(name, gpus, own)
        if any(self._home(item) is None for item in items):
            return None
        for item in sorted(left, key=lambda i: (-i.rank, -i.token_rate, i.name)):
            if not self._place_rest(item):
                return None
        return self._contents

    def _home(self, item: Item) -> str | None:
        """Profile of the first GPU that serves an adapter."""
        for gpu_type in self._types:
            if not self._problem.refusals(gpu_type, item.adapters):
                return gpu_type.profile.name
        return None

    def _pack_type(self, name: str, gpus: Sequence[int], items: Sequence[Item]) -> list[Item]:
        """Pack what is at home on the GPUs of a profile, and return what is left."""
        demand: dict[int, float] = defaultdict(float)
        for item in items:
            demand[item.rank] += item.token_rate / self._points[name, item.rank]
        target = sum(demand.values()) / len(gpus)
        left: list[Item] = []
        start = 0
        for rank, number in divide(demand, len(gpus)).items():
            budget = gpus[start : start + number]
            start += number
            group = [item for item in items if item.rank == rank]
            for item in by_decreasing_traffic(group):
                rest = self._fill(item, budget, target)
                if rest is not None:
                    left.append(rest)
        return left

    def _fill(self, item: Item, gpus: Sequence[int], target: float) -> Item | None:
        """Put an adapter on its rank's GPUs up to the target, and return what does not fit."""
        rest = item.share
        fewest = self._problem.rules.replicas(item.name)
        open_gpus = set(gpus)
        while rest > _SMALLEST and open_gpus:
            gpu = min(open_gpus, key=lambda g: (self._use[g], g))
            open_gpus.discard(gpu)
            cost = self._cost(item, gpu)
            share = min(rest, 1 / fewest, max(0.0, target - self._use[gpu]) / cost)
            if rest - share < _SMALLEST and rest <= 1 / fewest:
                share = rest
            part = item.with_share(share)
            if share > _SMALLEST and gpu in takers(
                self._problem, part, self._types, self._contents
            ):
                self._add(part, gpu)
                rest -= share
        return item.with_share(rest) if rest > _ROUNDING else None

    def _place_rest(self, item: Item) -> bool:
        """Put what is left of an adapter on the least loaded GPUs of its rank or above."""
        rest = item.share
        while rest > _ROUNDING:
            share = min(rest, 1 / self._problem.rules.replicas(item.name))
            part = item.with_share(share)
            targets = takers(self._problem, part, self._types, self._contents)
            if not targets:
                return False
            fitting = [g for g in targets if self._largest_rank(g) >= item.rank] or targets
            self._add(part, min(fitting, key=lambda g: (self._use[g], g)))
            rest -= share
        return True

    def _add(self, item: Item, gpu: int) -> None:
        self._contents[gpu].append(item)
        self._use[gpu] += item.share * self._cost(item, gpu)

    def _cost(self, item: Item, gpu: int) -> float:
        """Utilization of a GPU by a whole adapter."""
        whole = sum(adapter.token_rate for adapter in item.adapters)
        return whole / self._points[self._types[gpu].profile.name, item.rank]

    def _largest_rank(self, gpu: int) -> int:
        return max((item.rank for item in self._contents[gpu]), default=0)


def divide(demand: Mapping[int, float], number: int) -> dict[int, int]:
    """Divide GPUs among ranks by their demand, by largest remainders; smallest rank first.

    Parameters
    ----------
    demand : mapping of int to float
        Utilization of each rank.
    number : int
        GPUs.
    """
    total = sum(demand.values())
    exact = {rank: number * use / total for rank, use in sorted(demand.items())}
    given = {rank: math.floor(share) for rank, share in exact.items()}
    missing = number - sum(given.values())
    for rank in sorted(exact, key=lambda r: (given[r] - exact[r], r))[:missing]:
        given[rank] += 1
    return given
