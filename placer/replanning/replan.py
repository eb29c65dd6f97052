"""Replan: a new placement that keeps the running one where it can."""

from __future__ import annotations

from dataclasses import dataclass

from placer.problem.result import SolveStatus
from placer.replanning.closing import close_gpus
from placer.replanning.continuation import continue_running, dissolve_engines
from placer.replanning.easing import ease
from placer.replanning.matching import match_engines
from placer.replanning.offering import offer
from placer.search.search import Search
from placer.strategies.base import Strategy
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["Replan"]

_OWN_SHARE = 0.5  # of the budget, after which the other strategy has its turn


@dataclass(frozen=True, slots=True)
class Replan(SearchStrategy):
    """Changes the running placement, or replaces it, whichever the objective prefers.

    First the running placement goes on, changed only where it has to be. Then its GPUs are closed
    one after the other where the others take their adapters, as they are or started anew; where
    every move changes the objective a little, single ones are made that are worth it; and a
    growing number of engines is given up and their adapters packed anew. Last another strategy
    places everything anew, and its GPUs go on with the engines with which they have most in
    common. The objective, which counts moves, decides what a GPU less is worth. `placer.solve`
    puts it around the strategy that it is given where the problem has a previous placement.

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

    def search(self, search: Search) -> None:
        running = search.problem.running
        if running is None:
            raise InputError("previous", "there is no previous placement to replan")
        gpus = continue_running(search, running)
        offer(search, match_engines(search.evaluator, gpus, running))
        close_gpus(search, running)
        ease(search)
        if search.proven() or search.hopeless:
            return
        _measured = search.envelope  # from here on it gives the lower bound
        if search.proven():
            return
        if search.budget.used() < _OWN_SHARE:
            dissolve_engines(search, running, gpus)
        if search.proven():
            return
        anew = self.strategy.place(
            search.problem, search.evaluator, budget=search.budget, rng=search.rng
        )
        fresh = search.evaluator.evaluate(anew.placement.gpus)  # remembered
        usable = all(gpu.admissible for gpu in fresh)
        if usable:
            offer(search, match_engines(search.evaluator, fresh, running, adopt=False))
        search.budget.check()
        if anew.status is SolveStatus.INTERRUPTED:
            search.interrupt()
        if usable:
            offer(search, match_engines(search.evaluator, fresh, running))
            close_gpus(search, running)
        search.budget.check()
