"""Local search: improves the placement of another strategy."""

from __future__ import annotations

from dataclasses import dataclass, field

from placer.problem.result import SolveStatus
from placer.search.improvement import Improvement
from placer.search.search import Search
from placer.search.shrinking import Shrinking
from placer.strategies.base import Strategy
from placer.strategies.capacity_packing import CapacityPacking
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["LocalSearch"]


@dataclass(frozen=True, slots=True)
class LocalSearch(SearchStrategy):
    """Empties GPUs, and moves and swaps adapters, as long as that makes the objective better.

    To empty a GPU, its adapters are put on the others and these are relieved by moves and swaps
    that are judged by measured weights alone (`placer.search.exchanges.Exchanges`); then the
    estimator is asked, and what it rejects is relieved again. Where the cost of a GPU depends on
    its traffic, random moves, swaps and changes of the GPU type are tried with the estimator, some
    at a time, and the best of them is made. Never worse than its start; what is found when the
    budget is spent is kept.

    Parameters
    ----------
    start : Strategy
        Gives the placement to start from.
    patience : int
        Batches of moves without an improvement after which it ends.
    batch : int
        Moves in a batch.

    Raises
    ------
    InputError
        If a parameter is below 1.
    """

    start: Strategy = field(default_factory=CapacityPacking)
    patience: int = 12
    batch: int = 16

    def __post_init__(self) -> None:
        for name in ("patience", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"strategy.{name}", f"{getattr(self, name)} is below 1")

    def search(self, search: Search) -> None:
        self._start(search)
        self.improve(search)

    def improve(self, search: Search) -> None:
        """Improve the incumbent of a search."""
        if not search.gpus or search.hopeless:
            return
        while not search.proven() and Shrinking(search).run():
            pass
        if not (search.unplaced or search.proven()):
            Improvement(search, self.patience, self.batch).run()

    def _start(self, search: Search) -> None:
        """Have the first strategy find a placement, within the same budget."""
        if isinstance(self.start, SearchStrategy):
            self.start.search(search)
            return
        result = self.start.place(
            search.problem, search.evaluator, budget=search.budget, rng=search.rng
        )
        gpus = search.evaluator.evaluate(result.placement.gpus)
        search.offer([gpu for gpu in gpus if gpu.admissible])
        if result.status is SolveStatus.INTERRUPTED:
            search.interrupt()
        search.budget.check()
