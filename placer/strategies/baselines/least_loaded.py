"""Each adapter on the GPU with the least traffic."""

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

__all__ = ["LeastLoaded"]


@dataclass(frozen=True, slots=True)
class LeastLoaded:
    """Each adapter, in the order of the workload, on the GPU with the lowest total rate.

    The latency variant of arXiv 2602.24044 ("ProposedLat"), which asks its models afterwards
    whether the GPUs have enough memory and do not starve. Adapters that are too hot for one GPU
    are cut evenly first. `place_on_fleets` says how the number of GPUs is found.

    Parameters
    ----------
    slots : str
        ``max_loras`` of a GPU: ``"all"`` of its adapters, a ``"third"`` of them, or the ``"best"``
        number.
    """

    slots: str = "best"

    def __post_init__(self) -> None:
        check_slots(self.slots)

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        return run_search(self, self.search, problem, evaluator, budget, rng)

    def search(self, search: Search) -> None:
        """Offer the placements found to a search; `BudgetExhausted` ends it early."""
        items, search.hopeless = make_items(search.evaluator, even=True)

        def assign(types: Sequence[GpuType]) -> list[list[Item]] | None:
            rates = [0.0] * len(types)

            def choose(item: Item, targets: Sequence[int]) -> int:
                target = min(targets, key=lambda g: rates[g])
                rates[target] += item.rate
                return target

            return deal_one_by_one(search.problem, items, types, choose)

        place_on_fleets(search, items, assign, self.slots)
