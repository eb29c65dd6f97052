"""What the exact strategies share: all but the solver."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from placer.patterns.master_problem import MasterSolver
from placer.patterns.pattern_search import PatternSearch
from placer.search.search import Search
from placer.strategies.search_strategy import SearchStrategy
from placer.strategies.warm_start import warm_start
from twin.files.errors import InputError

__all__ = ["PatternStrategy"]


@dataclass(frozen=True, slots=True)
class PatternStrategy(SearchStrategy):
    """How many GPUs of which pattern, with patterns generated as needed.

    A pattern says how many adapters of each class one GPU serves; of many classes, similar ones
    are counted together. The heuristics give the first patterns and the placement to start from.
    Then, round after round, the prices of the relaxed program say which adapters are expensive to
    serve; patterns are filled by price for measured weight, with the estimator as the judge of
    what a GPU can hold, and the program is solved again. A GPU that the estimator rejects, because
    adapters of its classes differ, is repaired, and its pattern is cut off. Never worse than its
    start; what is found when the budget is spent is kept. Any objective works, since it enters
    through the cost of each pattern.

    Without a limit on the GPUs, an objective that gains from every further GPU (such as latency)
    is minimized on as many as the start uses.

    Parameters
    ----------
    max_rounds : int
        Rounds of pattern generation.
    patience : int
        It ends after this many rounds in which neither the relaxation nor the placement improved.
    orders : int
        Fillings in each round for every kind of engine.
    solver_time_limit : float
        Seconds for the solver in each round.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """

    max_rounds: int = 20
    patience: int = 2
    orders: int = 4
    solver_time_limit: float = 5.0

    def __post_init__(self) -> None:
        for name in ("max_rounds", "patience", "orders", "solver_time_limit"):
            if getattr(self, name) < 1:
                raise InputError(f"strategy.{name}", f"{getattr(self, name)!r} is below 1")

    @property
    @abstractmethod
    def solver(self) -> MasterSolver:
        """What combines the patterns."""

    def search(self, search: Search) -> None:
        if warm_start(search):
            self.improve(search)

    def improve(self, search: Search) -> None:
        """Improve the incumbent of a search."""
        limits = self.max_rounds, self.patience, self.orders, self.solver_time_limit
        PatternSearch(search, self.solver, *limits).run()
