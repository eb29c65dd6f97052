"""Settling: makes GPUs of planned contents, and finds places for what they cannot hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from placer.gpu.items import Item, by_decreasing_traffic
from placer.gpu.lockstep import run_together
from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines
from placer.moves.inserting import insert_items
from placer.moves.opening import pack_fleet
from placer.moves.taking import take
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
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
    left = list(beside)
    failed = [c for c, gpu in zip(contents, found, strict=True) if gpu is None]
    ordered = [by_decreasing_traffic(items) for _, items in failed]
    trimmed = run_together(
        packer.evaluator,
        [
            take(packer.evaluator, partial(packer.fitting, gpu_type), (), items, len(items) - 1)
            for (gpu_type, _), items in zip(failed, ordered, strict=True)
        ],
    )
    for items, (taken, gpu) in zip(ordered, trimmed, strict=True):
        left += items[len(taken) :]
        if gpu is not None:
            gpus.append(gpu)
    if left:
        left = insert_items(search.envelope, FreeEngines(packer), gpus, left)
    if left:
        gpus, left = pack_fleet(packer, left, beside=gpus, offer=search.offer)
    return gpus, left
