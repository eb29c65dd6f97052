"""SearchStrategy: a strategy that offers placements to a search."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.search.run_search import run_search
from placer.search.search import Search

__all__ = ["SearchStrategy"]


class SearchStrategy(ABC):
    """A `Strategy` of which only the search is its own: what is offered becomes the result."""

    __slots__ = ()

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        """Search, and make a complete result of it however it ends; see `Strategy.place`."""
        return run_search(self, self.search, problem, evaluator, budget, rng)

    @abstractmethod
    def search(self, search: Search) -> None:
        """Offer the placements found to a search; `BudgetExhausted` ends it early."""
