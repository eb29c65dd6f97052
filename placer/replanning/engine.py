"""Engines that go on: what one may give up or take without a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, compatible, eligible, items_of, remaining, shares_of
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["add_items", "give_up"]


def add_items(
    evaluator: Evaluator, gpu: EvaluatedGpu, items: Sequence[Item]
) -> tuple[EvaluatedGpu, list[Item]]:
    """Put as many items as it serves, in order, on an engine that goes on as it was started.

    An item that does not fit is passed over; after three in a row the engine counts as full. All
    are tried together first.

    Returns
    -------
    EvaluatedGpu
        The GPU.
    list of Item
        Items that it does not take.
    """
    problem = evaluator.problem
    gpu_type = gpu.gpu_type
    held = items_of(evaluator, gpu.plan)
    possible = [
        item
        for item in eligible(problem, gpu_type, items)
        if item.rank <= gpu.plan.config.max_lora_rank
    ]
    fitting = list(compatible(problem, possible, held))
    taken: list[Item] = []
    if fitting and (all_of_them := _with(evaluator, gpu, [*held, *fitting])).admissible:
        gpu, taken = all_of_them, fitting
    else:
        misses = 0
        for item in fitting:
            fuller = _with(evaluator, gpu, [*held, *taken, item])
            if fuller.admissible:
                gpu, misses = fuller, 0
                taken.append(item)
            else:
                misses += 1
                if misses == _MISSES:
                    break
    return gpu, remaining(items, taken)


_MISSES = 3


def give_up(evaluator: Evaluator, gpu: EvaluatedGpu) -> tuple[EvaluatedGpu | None, list[Item]]:
    """As few items as an engine has to give up so that it serves the rest, and the smallest such.

    With the items by traffic, the k largest are given up, k being as small as possible; then those
    k in a row that are as small as possible.

    Returns
    -------
    EvaluatedGpu or None
        The GPU with the rest; None where it serves none of its items.
    list of Item
        What it gives up.
    """
    ordered = sorted(items_of(evaluator, gpu.plan), key=lambda i: (-i.token_rate, i.name))

    def without(start: int, number: int) -> EvaluatedGpu:
        return _with(evaluator, gpu, [*ordered[:start], *ordered[start + number :]])

    low, high, kept = 0, len(ordered), None  # giving up low is too little, high is enough
    step = 1
    while kept is None and low + 1 < high:
        number = min(low + step, high - 1)
        fewer = without(0, number)
        if fewer.admissible:
            high, kept = number, fewer
        else:
            low, step = number, 2 * step
    while kept is not None and high - low > 1:
        middle = (low + high) // 2
        fewer = without(0, middle)
        low, high = (low, middle) if fewer.admissible else (middle, high)
        kept = fewer if fewer.admissible else kept
    if kept is None:
        return None, ordered
    start, end = 0, len(ordered) - high + 1  # from start it is enough, from end there are too few
    while end - start > 1:
        middle = (start + end) // 2
        fewer = without(middle, high)
        if fewer.admissible:
            start, kept = middle, fewer
        else:
            end = middle
    return kept, ordered[start : start + high]


def _with(evaluator: Evaluator, gpu: EvaluatedGpu, items: Sequence[Item]) -> EvaluatedGpu:
    """The same engine with these items."""
    shares = tuple(sorted(shares_of(items).items()))
    return evaluator.evaluate([replace(gpu.plan, shares=shares)])[0]
