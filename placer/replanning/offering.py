"""Offering: placements for the incumbent, of those with no more moves than may be."""

from __future__ import annotations

from collections.abc import Sequence

from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search

__all__ = ["offer"]


def offer(search: Search, gpus: Sequence[EvaluatedGpu]) -> bool:
    """Offer a placement to a search, unless it takes more moves than the problem allows.

    Whether it is the incumbent now. GPUs without a name go on with the engine of which they have
    more than half.
    """
    most, running = search.problem.max_moves, search.problem.running
    if most is None or running is None:
        return search.offer(gpus)
    return running.total_moves(gpu.plan for gpu in gpus) <= most and search.offer(gpus)
