"""Portfolio: heuristics, then local search, then exact models, until the gap is closed."""

from __future__ import annotations

from dataclasses import dataclass

from placer.gpu.items import by_decreasing_traffic
from placer.gpu.packing import Packer
from placer.search.filling import spread_evenly
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

_QUICK = (Greedy(), FirstFit(decreasing=True, max_misses=4))
_MEASURING = CapacityPacking()
_FURTHER = (FirstFit(), BestFit())
_IMPROVEMENTS = (LocalSearch(patience=6), Milp())
_MAX_ROUNDS = 10
_MANY = 64  # GPUs
_MANY_ADAPTERS = 256


@dataclass(frozen=True, slots=True)
class Portfolio(SearchStrategy):
    """The best of several strategies, one improving the placement of the other.

    It starts from a first placement by rules of thumb (`placer.search.first_placement`). The
    heuristics that soon have another one come first: greedy and first fit decreasing. Then comes
    capacity packing, which has to measure engines before, then the other heuristics, then local
    search and the integer program over patterns in turn, until neither finds anything more; then
    the heuristics for which it was too late before. It ends as soon as the value equals the lower
    bound. Last, GPUs are made equally full where that is possible at no cost, so that none is
    close to starving; where engines would have to be measured for that alone, by their traffic.

    Of a fleet of several types each that may serve everything is also tried alone, before engines
    are measured: what costs least for some traffic need not do so for the rest.

    Of more than 256 adapters no further heuristics are tried after local search: they take long,
    and find nothing better than packing by measured weights. Of more than 64 GPUs only capacity
    packing and local search are tried, for the same reason. Where there is no first placement,
    adapters are counted in place of GPUs.

    Parameters
    ----------
    heuristics_estimates : int
        Estimates after which the heuristics behind capacity packing have to wait. What is tried,
        and in which order, does not depend on the limits of the search, so that more of them is
        never worse.

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
        waiting = [*_QUICK]
        if len(search.gpus or search.problem.workload) <= _MANY:
            while waiting and not search.proven():
                waiting.pop(0).search(search)
            self._try_types(search)
        if not search.proven():
            _MEASURING.search(search)
        waiting += _FURTHER
        while waiting and not (search.proven() or (search.gpus and self._late(search))):
            waiting.pop(0).search(search)
        if not search.gpus or search.hopeless:
            return
        if search.proven() and not search.measured:
            packer = Packer(search.evaluator)
            spread_evenly(search, packer, by_decreasing_traffic, len(search.gpus))
            return
        self._improve(search)
        for heuristic in () if self._too_many(search) else waiting:
            before = search.value(), search.unplaced
            if search.proven():
                return
            heuristic.search(search)
            if (search.value(), search.unplaced) != before:
                self._improve(search)

    def _try_types(self, search: Search) -> None:
        """Offer what is found for each GPU type alone: its parts of hot adapters are its own."""
        for alone in () if search.proven() else search.of_one_type():
            self.search(alone)
            gpus = search.evaluator.evaluate([gpu.plan for gpu in alone.gpus])
            search.offer([gpu for gpu in gpus if gpu.admissible])

    def _late(self, search: Search) -> bool:
        """Whether further heuristics have to wait."""
        late = search.budget.num_estimates > self.heuristics_estimates
        return late or len(search.gpus) > _MANY

    def _too_many(self, search: Search) -> bool:
        """Whether packing one adapter after the other takes too long."""
        return len(search.gpus) > _MANY or len(search.problem.workload) > _MANY_ADAPTERS

    def _improve(self, search: Search) -> None:
        """Make GPUs equally full, improve the incumbent, and where that helped do it again."""
        Shrinking(search).balance()
        start = search.gpus
        for _ in range(_MAX_ROUNDS):
            before = search.value(), search.unplaced
            for improvement in _IMPROVEMENTS[: 1 if len(search.gpus) > _MANY else None]:
                if not search.proven():
                    improvement.improve(search)
            if search.proven() or (search.value(), search.unplaced) == before:
                break
        if search.gpus is not start:
            Shrinking(search).balance()
