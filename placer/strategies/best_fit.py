"""Best fit: each adapter goes to the fullest GPU that still serves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item, by_decreasing_traffic, compatible, eligible
from placer.gpu.packing import Packer
from placer.moves.taking import needs_more
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.filling import spread_evenly
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy

__all__ = ["BestFit"]


@dataclass(slots=True)
class _Gpu:
    """A GPU while it is filled, and what it could not take."""

    gpu_type: GpuType
    items: list[Item]
    evaluated: EvaluatedGpu
    missed: list[Item]

    @property
    def token_rate(self) -> float:
        return self.evaluated.candidate.token_rate


@dataclass(frozen=True, slots=True)
class BestFit(SearchStrategy):
    """Each adapter goes to the GPU with the most traffic that serves it beside what it holds.

    Where none does, it gets a GPU of the type that costs least for it. Where the objective prefers
    it, adapters go to the least loaded of all GPUs instead.

    Parameters
    ----------
    decreasing : bool
        Take the adapters by decreasing traffic, instead of as they come.
    """

    decreasing: bool = True

    def search(self, search: Search) -> None:
        packer = Packer(search.evaluator)
        items = search.items()
        gpus: list[_Gpu] = []
        for item in self._order(items):
            if not self._join(search, packer, gpus, item):
                _open(search, packer, gpus, item)
        search.offer([gpu.evaluated for gpu in gpus])
        search.offer(packer.refine_all([gpu.evaluated for gpu in gpus]))
        placed = sum(len(gpu.items) for gpu in gpus) == len(items)
        spread_evenly(search, packer, self._order, len(gpus) if placed else 0)

    def _order(self, items: Sequence[Item]) -> Sequence[Item]:
        if not self.decreasing:
            return items
        return by_decreasing_traffic(items)

    def _join(self, search: Search, packer: Packer, gpus: list[_Gpu], item: Item) -> bool:
        """Put an item on the fullest GPU that serves it; whether there was one."""
        for gpu in sorted(gpus, key=lambda gpu: -gpu.token_rate):
            if not eligible(search.problem, gpu.gpu_type, [item]):
                continue
            if not compatible(search.problem, [item], gpu.items):
                continue
            if any(needs_more(search.evaluator, item, missed, gpu.items) for missed in gpu.missed):
                continue
            fuller = packer.fit(gpu.gpu_type, [*gpu.items, item])
            if fuller is not None:
                gpu.items.append(item)
                gpu.evaluated = fuller
                return True
            gpu.missed.append(item)
        return False


def _open(search: Search, packer: Packer, gpus: list[_Gpu], item: Item) -> None:
    """Put an item on a GPU of its own, if there is one that serves it."""
    used = [gpu.gpu_type.profile.name for gpu in gpus]
    types = [t for t in search.problem.available(used) if eligible(search.problem, t, [item])]
    alone = packer.fit_all([(gpu_type, [item]) for gpu_type in types])
    found = [
        _Gpu(gpu_type, [item], evaluated, [])
        for gpu_type, evaluated in zip(types, alone, strict=True)
        if evaluated is not None
    ]
    if found:
        gpus.append(min(found, key=lambda gpu: gpu.evaluated.cost))
