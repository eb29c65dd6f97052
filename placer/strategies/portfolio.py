"""Portfolio: heuristics, then local search, then exact models, until the gap is closed."""

from __future__ import annotations

from dataclasses import dataclass

from placer.search.search import Search
from placer.search.shrinking import Shrinking
from placer.strategies.best_fit import BestFit
from placer.strategies.capacity_packing import CapacityPacking
from placer.strategies.first_fit import FirstFit
from placer.strategies.greedy import Greedy
from placer.strategies.local_search import LocalSearch
from placer.strategies.milp import Milp
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["Portfolio"]

_HEURISTICS = (
    CapacityPacking(),
    FirstFit(decreasing=True),
    FirstFit(),
    Greedy(),
    BestFit(),
)
_IMPROVEMENTS = (LocalSearch(patience=6), Milp())
_MAX_ROUNDS = 10
_MANY = 64  # GPUs


@dataclass(frozen=True, slots=True)
class Portfolio(SearchStrategy):
    """The best of several strategies, one improving the placement of the other.

    It starts from a first placement by rules of thumb (`placer.search.first_placement`). Capacity
    packing comes first, then the other heuristics, then local search and the integer program over
    patterns in turn, until neither finds anything more; then the heuristics for which it was too
    late before. It ends as soon as the value equals the lower bound. Last, GPUs are made equally
    full where that is possible at no cost, so that none is close to starving.

    Of more than 64 GPUs only capacity packing and local search are tried: the others take much
    longer then and, where GPUs are packed by thousands of adapters, find no better placement.

    Parameters
    ----------
    heuristics_estimates : int
        Estimates after which further heuristics have to wait. What is tried, and in which order,
        does not depend on the limits of the search, so that more of them is never worse.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """

    heuristics_estimates: int = 600

    def __post_init__(self) -> None:
        if self.heuristics_estimates < 1:
            raise InputError(
                "strategy.heuristics_estimates", f"{self.heuristics_estimates} is below 1"
            )

    def search(self, search: Search) -> None:
        search.offer_first()
        heuristics = list(_HEURISTICS)
        while heuristics and not search.proven():
            heuristics.pop(0).search(search)
            late = search.budget.num_estimates > self.heuristics_estimates
            if search.gpus and (late or len(search.gpus) > _MANY):
                break
        if not search.gpus or search.hopeless:
            return
        Shrinking(search).balance()
        self._improve(search)
        for heuristic in heuristics[: 0 if len(search.gpus) > _MANY else None]:
            before = search.value(), search.unplaced
            if search.proven():
                return
            heuristic.search(search)
            if (search.value(), search.unplaced) != before:
                self._improve(search)

    def _improve(self, search: Search) -> None:
        """Improve the incumbent as long as that finds anything, and make its GPUs equally full."""
        for _ in range(_MAX_ROUNDS):
            before = search.value(), search.unplaced
            for improvement in _IMPROVEMENTS[: 1 if len(search.gpus) > _MANY else None]:
                if not search.proven():
                    improvement.improve(search)
            if search.proven() or (search.value(), search.unplaced) == before:
                break
        Shrinking(search).balance()
