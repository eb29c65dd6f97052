"""Warm start: the placement of the best heuristic."""

from __future__ import annotations

from placer.search.search import Search
from placer.strategies.capacity_packing import CapacityPacking
from placer.strategies.first_fit import FirstFit
from placer.strategies.greedy import Greedy

__all__ = ["warm_start"]


def warm_start(search: Search) -> bool:
    """Run the heuristics until one is proven optimal, and whether there is something to improve.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    for heuristic in (CapacityPacking(), FirstFit(decreasing=True), FirstFit(), Greedy()):
        heuristic.search(search)
        if search.proven():
            return False
    return bool(search.gpus) and not search.hopeless
