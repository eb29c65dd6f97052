"""OneEach: a GPU for each adapter."""

from __future__ import annotations

from dataclasses import dataclass

from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search
from placer.strategies import SearchStrategy


@dataclass(frozen=True)
class OneEach(SearchStrategy):
    """Every adapter, or share of one that is too hot for a GPU, has a GPU of its own."""

    def search(self, search: Search) -> None:
        packer = Packer(search.evaluator)
        gpus: list[EvaluatedGpu] = []
        for item in search.items():
            used = [gpu.plan.profile_name for gpu in gpus]
            for gpu_type in search.problem.available(used):
                gpu = packer.fit(gpu_type, [item])
                if gpu is not None:
                    gpus.append(gpu)
                    break
        search.offer(gpus)
