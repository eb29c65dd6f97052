"""Greedy by the objective: each adapter goes where it costs least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placer.gpu.items import Item, by_decreasing_traffic, compatible, eligible
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["GreedyMarginal"]


@dataclass(frozen=True, slots=True)
class _Gpu:
    gpu_type: GpuType
    items: tuple[Item, ...]
    evaluated: EvaluatedGpu

    @property
    def token_rate(self) -> float:
        return self.evaluated.candidate.token_rate


@dataclass(frozen=True, slots=True)
class GreedyMarginal(SearchStrategy):
    """Each adapter goes where it makes the smallest difference to the objective.

    Adapters are taken by decreasing traffic. For each one the GPUs in use and a further one of
    each type are compared by how much the value would grow; of equal ones the fullest is taken.

    Parameters
    ----------
    candidates : int
        GPUs in use that are compared; of more, so many from the one with least traffic to the
        one with most.

    Raises
    ------
    InputError
        If it is below 1.
    """

    candidates: int = 8

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise InputError("strategy.candidates", f"{self.candidates} is below 1")

    def search(self, search: Search) -> None:
        packer = Packer(search.evaluator)
        gpus: list[_Gpu] = []
        for item in by_decreasing_traffic(search.items(even=True)):
            gpus = self._placed(search, packer, gpus, item)
        search.offer([gpu.evaluated for gpu in gpus])
        search.offer(packer.refine_all([gpu.evaluated for gpu in gpus]))

    def _placed(self, search: Search, packer: Packer, gpus: list[_Gpu], item: Item) -> list[_Gpu]:
        """The GPUs with an item where it costs least; without it where none serves it."""
        joined = [
            position
            for position in self._compared(gpus)
            if eligible(search.problem, gpus[position].gpu_type, [item])
            and compatible(search.problem, [item], gpus[position].items)
        ]
        used = [gpu.gpu_type.profile.name for gpu in gpus]
        types = [t for t in search.problem.available(used) if eligible(search.problem, t, [item])]
        contents = [(gpus[p].gpu_type, (*gpus[p].items, item)) for p in joined]
        contents += [(gpu_type, (item,)) for gpu_type in types]
        fuller = packer.fit_all(contents)
        best: tuple[tuple[bool, tuple[float, ...], float], int | None, _Gpu] | None = None
        for index, ((gpu_type, held), more) in enumerate(zip(contents, fuller, strict=True)):
            if more is None:
                continue
            position = joined[index] if index < len(joined) else None
            idle = (0.0,) * len(more.cost)
            before = gpus[position].evaluated.cost if position is not None else idle
            growth = tuple(now - was for now, was in zip(more.cost, before, strict=True))
            late = position is None and search.gpus_first
            key = late, growth, -more.candidate.token_rate
            if best is None or key < best[0]:
                best = key, position, _Gpu(gpu_type, held, more)
        if best is None:
            return gpus
        _, position, gpu = best
        if position is None:
            return [*gpus, gpu]
        return [*gpus[:position], gpu, *gpus[position + 1 :]]

    def _compared(self, gpus: Sequence[_Gpu]) -> list[int]:
        """Positions of GPUs that are compared."""
        order = sorted(range(len(gpus)), key=lambda g: gpus[g].token_rate)
        if len(order) <= self.candidates:
            return order
        chosen = np.linspace(0, len(order) - 1, self.candidates).round().astype(int)
        return [order[i] for i in chosen.tolist()]
