"""Offering: what a search has put on GPUs becomes its incumbent, with the best slots for it."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search

__all__ = ["offer_refined"]


def offer_refined(search: Search, packer: Packer, gpus: Sequence[EvaluatedGpu]) -> bool:
    """Offer GPUs as they are, then with the best numbers of slots; whether one is an improvement.

    Parameters
    ----------
    search : Search
    packer : Packer
    gpus : sequence of EvaluatedGpu
        All admissible.

    Raises
    ------
    BudgetExhausted
        If the search has to end; the GPUs have been offered as they are.
    """
    improved = search.offer(gpus)
    return search.offer(packer.refine_all(gpus)) or improved
