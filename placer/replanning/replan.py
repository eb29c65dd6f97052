"""Replan: a new placement that keeps the running one where it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placer.budget import Budget
from placer.evaluator import Evaluator
from placer.items import items_of
from placer.load import EvaluatedLoad
from placer.problem import Problem
from placer.replanning.continuation import continue_running, dissolve_engines
from placer.replanning.engine import add_items
from placer.replanning.matching import match_engines
from placer.result import Result, SolveStatus
from placer.running_engines import RunningEngines
from placer.search import Search, run_search
from placer.strategies.base import Strategy
from twin.errors import InputError

__all__ = ["Replan"]


@dataclass(frozen=True, slots=True)
class Replan:
    """Changes the running placement, or replaces it, whichever the objective prefers.

    First the running placement goes on, changed only where it has to be. Then its GPUs are closed
    one after the other where the others take their adapters, and a growing number of engines is
    given up and their adapters packed anew. Last another strategy places everything anew, and its
    GPUs go on with the engines with which they have most in common. Use it with an objective that
    counts moves (`with_moves`); that decides what a GPU less is worth.

    Parameters
    ----------
    strategy : Strategy
        Places anew.

    Raises
    ------
    InputError
        When the problem has no previous placement.
    """

    strategy: Strategy

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        if problem.running is None:
            raise InputError("previous", "there is no previous placement to replan")
        return run_search(self, self.search, problem, evaluator, budget, rng)

    def search(self, search: Search) -> None:
        """Offer the placements found to a search; `BudgetExhausted` ends it early."""
        running = search.problem.running
        if running is None:
            raise InputError("previous", "there is no previous placement to replan")
        loads = continue_running(search, running)
        search.offer(match_engines(search.evaluator, loads, running))
        _measured = search.envelope  # from here on it gives the lower bound
        if search.proven():
            return
        _close_gpus(search, running)
        dissolve_engines(search, running, loads)
        if search.proven():
            return
        anew = self.strategy.place(
            search.problem, search.evaluator, budget=search.budget, rng=search.rng
        )
        if anew.status is SolveStatus.INTERRUPTED:
            raise KeyboardInterrupt
        fresh = search.evaluator.evaluate(anew.placement.gpus)
        if all(load.admissible for load in fresh):
            search.offer(match_engines(search.evaluator, fresh, running, adopt=False))
            search.offer(match_engines(search.evaluator, fresh, running))
            _close_gpus(search, running)
        search.budget.check()


def _close_gpus(search: Search, running: RunningEngines) -> None:
    """Close GPUs of the incumbent, those with the fewest adapters first, as long as it pays."""
    closed = True
    while closed and not search.unplaced and len(search.loads) > 1:
        closed = False
        loads = list(search.loads)
        for index in sorted(range(len(loads)), key=lambda g: (len(loads[g].plan.shares), g)):
            without = _without(search.evaluator, loads, index)
            if without is not None and search.offer(
                match_engines(search.evaluator, without, running)
            ):
                closed = True
                break


def _without(
    evaluator: Evaluator, loads: Sequence[EvaluatedLoad], index: int
) -> list[EvaluatedLoad] | None:
    """The other GPUs with the adapters of one that is closed; None where they do not take them."""
    left = sorted(items_of(evaluator, loads[index].plan), key=lambda i: (-i.token_rate, i.name))
    others = [load for g, load in enumerate(loads) if g != index]
    order = sorted(range(len(others)), key=lambda g: (others[g].estimate.ttft_mean, g))
    for g in order:
        others[g], left = add_items(evaluator, others[g], left)
        if not left:
            return others
    return None
