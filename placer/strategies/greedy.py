"""The paper's greedy placement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, shares_of
from placer.gpu.packing import Packer
from placer.moves.taking import Taken, fill
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.filling import place_by_packing
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["Greedy", "zigzag"]


@dataclass(frozen=True, slots=True)
class Greedy(SearchStrategy):
    """Adapters by rank, largest first, with rates in zig-zag, onto one GPU until it starves.

    The placement of arXiv 2602.24044 ("Proposed"). A GPU takes adapters up to the next test point;
    there the present number of slots and the next larger one are compared, and the better is kept.
    If the GPU would starve, the adapters since the last test point go to the next GPU. Other than
    there, what is left below a test point is tested as it is, and a GPU that starves at the first
    test point takes as many adapters as it can; where the objective prefers it, adapters go to the
    least loaded of all GPUs instead ("ProposedLat").

    Parameters
    ----------
    test_points : tuple of int
        Numbers of adapters at which a GPU is tested, ascending.
    """

    test_points: tuple[int, ...] = (
        *(8, 16, 32, 64, 96, 128, 160, 192, 256, 320, 384, 448, 512, 576),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "test_points", tuple(self.test_points))
        points = self.test_points
        if not points or points[0] < 1 or list(points) != sorted(set(points)):
            raise InputError("test_points", f"{list(points)}", "ascending numbers of adapters")

    def search(self, search: Search) -> None:
        packer = Packer(search.evaluator)

        place_by_packing(search, packer, zigzag, partial(self._fill, packer))

    def _fill(self, packer: Packer, gpu_type: GpuType, items: Sequence[Item]) -> Taken:
        held, best = 0, None
        slots = self.test_points[0]
        for point in (*self.test_points, len(items)):
            number = min(point, len(items))
            if number <= held:
                continue
            gpu = self._test(packer.evaluator, gpu_type, items[:number], slots)
            if gpu is None:
                break
            held, best = number, gpu
            slots = max(slots, gpu.plan.config.max_loras)
        if best is None:
            first = items[: self.test_points[0] - 1]
            return fill(packer, gpu_type, first, max_misses=1)
        return list(items[:held]), best

    def _test(
        self, evaluator: Evaluator, gpu_type: GpuType, items: Sequence[Item], slots: int
    ) -> EvaluatedGpu | None:
        """The better of the present slots and the next value, or None where the GPU starves."""
        shares = shares_of(items)
        following = next((point for point in self.test_points if point > slots), slots)
        number = evaluator.num_adapters(shares)
        wanted = {min(value, number) for value in (slots, following)}
        possible = wanted & set(evaluator.max_loras_options(gpu_type, list(shares)))
        plans = [evaluator.plan(gpu_type, option, shares) for option in sorted(possible)]
        gpus = evaluator.evaluate(plans)
        best = max(gpus, key=_served, default=None)
        return best if best is not None and best.admissible else None


def _served(gpu: EvaluatedGpu) -> tuple[bool, float, int]:
    return gpu.admissible, gpu.estimate.served_throughput, gpu.plan.config.max_loras


def zigzag(items: Sequence[Item]) -> list[Item]:
    """Items by rank, largest first; within a rank largest, smallest, second largest, ... rate."""

    def by_rank(item: Item) -> int:
        return -item.rank

    ordered = sorted(items, key=lambda i: (by_rank(i), -i.rate, i.name))
    result = []
    for _, members in groupby(ordered, key=by_rank):
        group = list(members)
        middle = (len(group) + 1) // 2
        large, small = group[:middle], group[middle:][::-1]
        for index, item in enumerate(large):
            result.append(item)
            result.extend(small[index : index + 1])
    return result
