"""Opening: further GPUs for items, filled one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from placer.gpu.items import Item, compatible, eligible, remaining
from placer.gpu.packing import Packer
from placer.moves.taking import Taken
from placer.moves.taking import fill as fill_gpu
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem

__all__ = ["Fill", "choosy_first", "pack_fleet"]

Fill = Callable[[GpuType, Sequence[Item]], Taken]
"""Fills one empty GPU of a type from items in order."""


def pack_fleet(
    packer: Packer,
    items: Sequence[Item],
    fill: Fill | None = None,
    beside: Sequence[EvaluatedGpu] = (),
    offer: Callable[[Sequence[EvaluatedGpu]], object] = len,
    in_vain: Callable[[Sequence[EvaluatedGpu]], bool] = lambda gpus: False,
) -> tuple[list[EvaluatedGpu], list[Item]]:
    """Fill GPUs one after the other until no item is left or no GPU.

    Of several GPU types, each next GPU is of the one that costs least for the traffic it takes.

    Parameters
    ----------
    packer : Packer
    items : sequence of Item
        In the order in which they are placed.
    fill : callable, optional
        How one GPU is filled; by default with all that fit in order.
    beside : sequence of EvaluatedGpu
        GPUs that are in use already.
    offer : callable
        Told of all GPUs after every further one.
    in_vain : callable
        Whether to give up where these GPUs are not enough.

    Returns
    -------
    list of EvaluatedGpu
        The GPUs, those that were in use first.
    list of Item
        What found no place.
    """
    problem = packer.evaluator.problem
    fill = fill or partial(fill_gpu, packer, guess=None)
    gpus = list(beside)
    used = [gpu.plan.profile_name for gpu in gpus]
    left = choosy_first(problem, items)
    while left:
        types = problem.available(used)
        takers = {t.profile.name: eligible(problem, t, left) for t in types}
        # Items that fewer types take than others do come first: they have no other place.
        choosy = {name: taken[0] is left[0] for name, taken in takers.items() if taken}
        best: tuple[tuple[bool, tuple[float, ...]], list[Item], EvaluatedGpu] | None = None
        for gpu_type in types:
            candidates = takers[gpu_type.profile.name]
            if not candidates:
                continue
            taken, gpu = fill(gpu_type, compatible(problem, candidates))
            if gpu is None:
                continue
            tokens = sum(item.token_rate for item in taken)
            price = tuple(cost / tokens for cost in gpu.cost)
            key = not choosy[gpu_type.profile.name], price
            if best is None or key < best[0]:
                best = key, taken, gpu
        if best is None:
            break
        _, taken, gpu = best
        gpus.append(packer.refine(gpu))
        used.append(gpus[-1].plan.profile_name)
        left = remaining(left, taken)
        offer(gpus)
        if left and in_vain(gpus):
            break
    return gpus, left


def choosy_first(problem: Problem, items: Sequence[Item]) -> list[Item]:
    """Items that few GPU types take before the others, else in the same order."""
    if len(problem.fleet) == 1:
        return list(items)
    return sorted(items, key=lambda item: len(_takers(problem, item)))


def _takers(problem: Problem, item: Item) -> list[GpuType]:
    """GPU types that may hold an item."""
    return [t for t in problem.fleet if not problem.refusals(t, item.adapters)]
