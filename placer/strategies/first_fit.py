"""First fit, in the order of the workload or by decreasing traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item, by_decreasing_traffic
from placer.gpu.packing import Packer
from placer.moves.taking import Filler
from placer.search.filling import place_by_packing
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["FirstFit"]


@dataclass(frozen=True, slots=True)
class FirstFit(SearchStrategy):
    """Each adapter goes to the first GPU that serves it beside what it holds.

    GPU after GPU is filled with all that fits in order, which gives the same placement. Where the
    objective prefers it, adapters go to the least loaded of all GPUs instead.

    Parameters
    ----------
    decreasing : bool
        Take the adapters by decreasing traffic, instead of as they come.
    max_misses : int
        A GPU counts as full after this many adapters in a row that did not fit.
    """

    decreasing: bool = False
    max_misses: int = 16

    def __post_init__(self) -> None:
        if self.max_misses < 1:
            raise InputError("max_misses", f"{self.max_misses} is below 1", "1 or more")

    def search(self, search: Search) -> None:
        packer = Packer(search.evaluator)

        def order(items: Sequence[Item]) -> Sequence[Item]:
            if not self.decreasing:
                return items
            return by_decreasing_traffic(items)

        place_by_packing(search, packer, order, Filler(packer, max_misses=self.max_misses))
