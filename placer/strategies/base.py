"""Strategy: searches for a placement."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.problem.problem import Problem
from placer.problem.result import Result

__all__ = ["Strategy"]


class Strategy(Protocol):
    """Searches for a placement; a frozen dataclass whose fields are its parameters."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        """Search until done or the budget is spent, and return the best placement found.

        Parameters
        ----------
        problem : Problem
            What is to be placed.
        evaluator : Evaluator
            Predicts GPUs, and tells what they cost and whether they may be used; raises
            `BudgetExhausted` when the search has to end.
        budget : Budget
            Limits of the search; it has been started.
        rng : numpy.random.Generator
            Source of all random draws.
        """
        ...
