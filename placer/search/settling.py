"""Settling: makes GPUs of planned contents, and finds places for what they cannot hold."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import Item
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.filling import Filled, pack_fleet
from placer.search.inserting import insert_items
from placer.search.search import Search

__all__ = ["Content", "settle"]

Content = tuple[GpuType, Sequence[Item]]
"""A GPU type and what a GPU of it is to hold."""


def settle(
    search: Search, packer: Packer, contents: Sequence[Content], beside: Sequence[Item] = ()
) -> tuple[list[EvaluatedGpu], list[Item]]:
    """GPUs with the given contents, as far as they are admissible.

    Where one is not, it gives up its smallest items, to GPUs that have room, and to further ones.

    Parameters
    ----------
    search : Search
    packer : Packer
    contents : sequence of (GpuType, sequence of Item)
    beside : sequence of Item
        Items that are to find a place too.

    Returns
    -------
    list of EvaluatedGpu
        All admissible.
    list of Item
        What found no place.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    found = packer.fit_all(contents)
    gpus = [gpu for gpu in found if gpu is not None]
    trimmed, left = _trim(packer, [c for c, gpu in zip(contents, found, strict=True) if not gpu])
    gpus += trimmed
    left += beside
    if left:
        left = insert_items(search, packer, gpus, left)
    if left:
        gpus, left = _open(search, packer, gpus, left)
    return gpus, left


def _trim(packer: Packer, contents: Sequence[Content]) -> tuple[list[EvaluatedGpu], list[Item]]:
    """What GPUs can hold of their contents, and what they cannot."""
    ordered = [
        (gpu_type, (), sorted(items, key=lambda i: (-i.token_rate, i.name)), len(items) - 1)
        for gpu_type, items in contents
    ]
    gpus, left = [], []
    for (_, _, items, _), (count, gpu) in zip(
        ordered, packer.longest_prefixes(ordered), strict=True
    ):
        left += items[count:]
        if gpu is not None:
            gpus.append(gpu)
    return gpus, left


def _open(
    search: Search, packer: Packer, gpus: Sequence[EvaluatedGpu], left: Sequence[Item]
) -> tuple[list[EvaluatedGpu], list[Item]]:
    """Further GPUs for items."""

    def fill(gpu_type: GpuType, items: Sequence[Item]) -> Filled:
        return packer.fill(gpu_type, items, len(items))

    return pack_fleet(search, packer, left, fill, gpus)
