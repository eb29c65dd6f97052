"""Pattern search: generates patterns and combines them, in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable, utilization
from placer.gpu.items import Item, compatible, items_of
from placer.gpu.lockstep import run_together
from placer.gpu.packing import Packer
from placer.moves.taking import take
from placer.patterns.class_groups import group_classes
from placer.patterns.master_problem import Combination, MasterProblem, MasterSolver, Prices
from placer.patterns.patterns import Pattern, PatternPool, deal_items
from placer.problem.fleet import GpuType
from placer.search.offering import offer_refined
from placer.search.search import Search
from placer.search.settling import settle

__all__ = ["PatternSearch"]

_PROGRESS = 1e-3  # relative decrease of the relaxation that counts as one
_NOISE = 0.3  # standard deviation of the logarithm by which prices are varied
_FILLS = (0.85, 1.0, 1.15)  # of the mean traffic of a GPU, at which patterns are also tried
_MAX_GROUPS = 48
_MAX_PATTERNS = 600  # in the program with whole numbers
_HOPELESS_ROUNDS = 2
_DECEPTIVE = 0.1  # of the lower bound, by which patterns of unequal items promise less
_EQUAL = 1e-9


class PatternSearch:
    """Generates patterns by the prices of the relaxed master problem, and solves that.

    Parameters
    ----------
    search : Search
        Its incumbent is where to start from, and is improved.
    solver : MasterSolver
        Combines the patterns.
    max_rounds, patience, orders, solver_time_limit
        As for `placer.strategies.pattern_strategy.PatternStrategy`.
    """

    def __init__(
        self,
        search: Search,
        solver: MasterSolver,
        max_rounds: int,
        patience: int,
        orders: int,
        solver_time_limit: float,
    ) -> None:
        self._search = search
        self._solver = solver
        self._max_rounds = max_rounds
        self._patience = patience
        self._orders = orders
        self._solver_time_limit = solver_time_limit
        self._packer = Packer(search.evaluator)
        self._items = _items_of(search)
        self._table = WeightTable(search.envelope, self._items)
        weights = np.min([figures[:, 1] for figures in self._table.figures.values()], axis=0)
        self._groups = group_classes(self._items, weights, _MAX_GROUPS)
        self._group = np.array([self._groups[item.item_class] for item in self._items])
        self._pool = PatternPool(search.evaluator, self._items, self._groups)
        limit = search.problem.gpu_limit
        self._max_gpus = len(search.gpus) if limit is None and search.gpus_first else limit

    def run(self) -> None:
        """Generate patterns and solve, until nothing improves any more.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        search = self._search
        lowest, stale, hopeless = np.inf, 0, 0
        for _ in range(self._max_rounds):
            self._pool.update()
            patterns = self._pool.patterns()
            if not patterns:
                return
            limits = search.problem.pools.limits
            master = MasterProblem(patterns, self._pool.demand, limits, self._max_gpus)
            prices = master.relaxed()
            improved = self._may_improve(patterns, prices) and self._improve(master, prices)
            if search.proven() or self._deceptive(prices):
                return
            better = prices.value < lowest - _PROGRESS * abs(prices.value)
            lowest = min(lowest, prices.value)
            stale = 0 if improved or better else stale + 1
            if stale > self._patience:
                return
            search.budget.check()
            self._generate(prices)
            hopeless = hopeless + 1 if self._hopeless(prices) else 0
            if hopeless >= _HOPELESS_ROUNDS:
                return

    def _deceptive(self, prices: Prices) -> bool:
        """Whether patterns count items together of which GPUs hold the small ones only.

        They do where classes share groups and their relaxation is far below what any placement
        costs: there is no dealing of the items to such patterns.
        """
        search = self._search
        if len(self._pool.demand) == len(self._groups) or len(search.value()) > 1:
            return False
        (least,) = search.lower_bound().value
        return prices.value < (1 - _DECEPTIVE) * least

    def _may_improve(self, patterns: Sequence[Pattern], prices: Prices) -> bool:
        """Whether the known patterns can give a smaller value than the incumbent's."""
        search = self._search
        if search.unplaced or len(search.value()) > 1:
            return True
        lowest = prices.value
        if all(float(pattern.cost[0]).is_integer() for pattern in patterns):
            lowest = float(np.ceil(lowest - 1e-6))
        (value,) = search.value()
        return lowest < value - _EQUAL * abs(value)

    def _hopeless(self, prices: Prices) -> bool:
        """Whether better patterns than those just generated would be needed for an improvement.

        Farley's bound (Operations Research 38, 1990): where no pattern is worth more than r times
        its cost, no combination costs less than 1 / r of the relaxation. The worth of the patterns
        that were found stands for that of all; that is a reason to stop, not a proof.
        """
        if prices.scarcity > _EQUAL:
            return False
        self._pool.update()
        patterns = self._pool.patterns()
        costs = np.array([pattern.cost[0] for pattern in patterns])
        if costs.min(initial=np.inf) <= 0:
            return False
        worth = np.array([pattern.counts for pattern in patterns]) @ np.array(prices.groups)
        most = max(1.0, float((worth / costs).max()))
        return not self._may_improve(patterns, replace(prices, value=prices.value / most))

    def _improve(self, master: MasterProblem, prices: Prices) -> bool:
        """Solve the program, make a placement of it, and offer that."""
        search = self._search
        start = None if search.unplaced else self._pool.start(master.patterns, search.gpus)
        master = master.restricted(prices, _MAX_PATTERNS, list(start or ()))
        seconds = min(self._solver_time_limit, search.budget.remaining())
        chosen = self._solver(master, start, seconds)
        return chosen is not None and self._realize(chosen)

    def _realize(self, chosen: Combination) -> bool:
        """Deal the items to patterns, and offer what the estimator accepts of it."""
        search = self._search
        dealt = deal_items(self._items, self._groups, chosen)
        contents = [(search.problem.gpu_type(p.profile_name), content) for p, content in dealt]
        fits = self._packer.fit_all(contents)
        for (pattern, content), gpu in zip(dealt, fits, strict=True):
            if gpu is None and len(content) == sum(pattern.counts):
                self._pool.reject(pattern)
        gpus, left = settle(search, self._packer, contents)
        if left:
            return False
        return offer_refined(search, self._packer, gpus)

    def _generate(self, prices: Prices) -> None:
        """Fill GPUs by price for weight; what is admissible on the way is a pattern."""
        evaluator = self._search.evaluator
        tasks = list(self._tasks(np.array(prices.groups)[self._group]))
        run_together(
            evaluator,
            [
                take(evaluator, partial(self._packer.fitting, gpu_type), (), items, guess)
                for gpu_type, items, guess in tasks
            ],
        )
        if self._max_gpus is None:
            return
        # Where the number of GPUs is given, patterns around the mean traffic count as well.
        target = self._search.problem.workload.token_rate / self._max_gpus
        contents = []
        for gpu_type, items, guess in tasks:
            gpus = np.cumsum([item.token_rate for item in items])
            for fill in _FILLS:
                number = int(np.searchsorted(gpus, fill * target)) + 1
                if number < guess:
                    contents.append((gpu_type, items[:number]))
        self._packer.fit_all(contents)

    def _tasks(self, price: NDArray[np.float64]) -> Iterator[tuple[GpuType, Sequence[Item], int]]:
        """Items in an order in which they may fill a GPU, and about how many do."""
        rng = self._search.rng
        for (profile_name, _), figures in self._table.figures.items():
            gpu_type = self._search.problem.gpu_type(profile_name)
            allowed = np.flatnonzero(np.isfinite(figures[:, 1]))
            if not allowed.size:
                continue
            value = price[allowed] / figures[allowed, 1]
            for order in range(self._orders):
                noise = rng.normal(0.0, _NOISE if order else 0.0, len(self._pool.demand))
                varied = value * np.exp(noise)[self._group[allowed]]
                ranked = allowed[np.argsort(-varied, kind="stable")]
                items = [self._items[i] for i in ranked.tolist()]
                items = list(compatible(self._search.problem, items))
                used = utilization(np.cumsum(figures[ranked], axis=0))
                guess = max(1, int(np.searchsorted(used, 1.0)))
                yield gpu_type, items[: 2 * guess + 1], min(guess, len(items))


def _items_of(search: Search) -> tuple[Item, ...]:
    """Items as the incumbent cuts them, or as heuristics do where it is not complete."""
    if search.unplaced:
        return search.items()
    items = [item for gpu in search.gpus for item in items_of(search.evaluator, gpu.plan)]
    return tuple(sorted(items, key=lambda item: (item.name, item.share)))
