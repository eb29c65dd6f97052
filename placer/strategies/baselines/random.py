"""Adapters on GPUs by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.result import Result
from placer.search.budget import Budget
from placer.search.dealing import deal_one_by_one
from placer.search.evaluator import Evaluator
from placer.search.items import Item, make_items
from placer.search.search import Search, run_search
from placer.strategies.baselines.fleet_size import check_slots, place_on_fleets

__all__ = ["Random"]


@dataclass(frozen=True, slots=True)
class Random:
    """Each adapter on any of the GPUs, with equal probability.

    A baseline of arXiv 2602.24044. Adapters that are too hot for one GPU are cut evenly first.
    `place_on_fleets` says how the number of GPUs is found.

    Parameters
    ----------
    slots : str
        ``max_loras`` of a GPU: ``"all"`` of its adapters, a ``"third"`` of them, or the ``"best"``
        number.
    """

    slots: str = "all"

    def __post_init__(self) -> None:
        check_slots(self.slots)

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        return run_search(self, self.search, problem, evaluator, budget, rng)

    def search(self, search: Search) -> None:
        """Offer the placements found to a search; `BudgetExhausted` ends it early."""
        items, search.hopeless = make_items(search.evaluator, even=True)

        def choose(item: Item, targets: Sequence[int]) -> int:
            return int(search.rng.choice(targets))

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            return deal_one_by_one(search.problem, items, types, choose)

        place_on_fleets(search, items, assign, self.slots)
