"""Closing: GPUs whose adapters the others take, as they are or started anew."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import by_decreasing_traffic, items_of
from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines, KeptEngines
from placer.moves.placing import share_out
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines
from placer.replanning.matching import match_engines
from placer.replanning.offering import offer
from placer.replanning.rehousing import answering_first, rehouse
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
            if without is not None and offer(
                search, match_engines(search.evaluator, without, running)
            ):
                closed = True
                break


def _without(
    packer: Packer, search: Search, gpus: Sequence[EvaluatedGpu], index: int
) -> list[EvaluatedGpu] | None:
    """The other GPUs with the adapters of one that is closed; None where they do not take them.

    First engines take what they can as they are, then with other slots or for a larger rank.
    """
    evaluator = search.evaluator
    left = by_decreasing_traffic(items_of(evaluator, gpus[index].plan))
    others = [gpu for g, gpu in enumerate(gpus) if g != index]
    left = rehouse(KeptEngines(evaluator), others, left, _MOST_ASKED)
    # A restart loads all that an engine holds: it is not worth it for a few small adapters.
    order = answering_first(others)[:_MOST_ASKED]
    left = share_out(FreeEngines(packer), others, left, order, at_once=1)
    return None if left else others
