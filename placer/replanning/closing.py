"""Closing: GPUs whose adapters the others take, as they are or started anew."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import Item, items_of, placeable, remaining
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines
from placer.replanning.engine import add_items
from placer.replanning.matching import match_engines
from placer.search.search import Search

__all__ = ["close_gpus"]

_MOST_TRIED = 2  # GPUs, those with the fewest adapters, before it ends
_MOST_ASKED = 16  # GPUs that are to take the adapters, those that answer first


def close_gpus(search: Search, running: RunningEngines) -> None:
    """Close GPUs of the incumbent, those with the fewest adapters first, as long as it pays.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    packer = Packer(search.evaluator)
    closed = True
    while closed and not search.unplaced and len(search.gpus) > 1:
        closed = False
        gpus = list(search.gpus)
        fewest = sorted(range(len(gpus)), key=lambda g: (len(gpus[g].plan.shares), g))
        for index in fewest[:_MOST_TRIED]:
            without = _without(packer, search, gpus, index)
            if without is not None and search.offer(
                match_engines(search.evaluator, without, running)
            ):
                closed = True
                break


def _without(
    packer: Packer, search: Search, gpus: Sequence[EvaluatedGpu], index: int
) -> list[EvaluatedGpu] | None:
    """The other GPUs with the adapters of one that is closed; None where they do not take them.

    First engines take what they can as they are, then with other slots or for a larger rank.
    """
    evaluator, problem = search.evaluator, search.problem
    left: Sequence[Item] = sorted(
        items_of(evaluator, gpus[index].plan), key=lambda i: (-i.token_rate, i.name)
    )
    others = [gpu for g, gpu in enumerate(gpus) if g != index]
    order = sorted(range(len(others)), key=lambda g: (others[g].estimate.ttft_mean, g))
    for g in order[:_MOST_ASKED]:
        others[g], left = add_items(evaluator, others[g], left)
        if not left:
            return others
    for g in order[:_MOST_ASKED]:
        gpu_type = others[g].gpu_type
        held = items_of(evaluator, others[g].plan)
        wanted = placeable(problem, gpu_type, left, held)
        if not wanted:
            continue
        count, fuller = packer.longest_prefix(gpu_type, held, wanted, len(wanted))
        if fuller is not None:
            others[g] = fuller
            left = remaining(left, wanted[:count])
        if not left:
            return others
    return None
