"""Runs: cuts items in an order of similarity into GPUs of equal utilization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable, utilization
from placer.gpu.items import compatible
from placer.problem.problem import Problem
from placer.search.spread import spread

__all__ = ["Runs"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SLACK = 0.004  # of a GPU, below which nothing more is looked for to fill it
_LOOK_AHEAD = 200  # next items among which that is done
_FAR_AHEAD = 300  # items among all others, farther and farther apart
_TOLERANCE = 0.002  # of the utilization, where it is bisected
_STEP = 0.03  # first step away from 1 then; later ones are larger
_FULLEST = 1.5  # utilization that is always too much


class Runs:
    """Items of one GPU type, side by side with those that are most like them.

    Engines serve most when their adapters are alike: of equal rank, so that no adapter is padded
    to the rank of another, and of similar rate (see `placer.bounds.weight_table.utilization`). So
    items are ordered by rank, largest first, and within a rank by rate, falling and rising in
    turn. A GPU takes the next ones in this order up to a given utilization, and then, in what is
    left of it, the largest that fit of the following ones and of a sample of all others: what a
    few hot adapters leave free, only much colder ones fill.

    Parameters
    ----------
    problem : Problem
        Its rules are kept.
    table : WeightTable
    profile_name : str
        The GPU type.
    chosen : (n,) array of int
        Numbers of the items in the table; all may be on a GPU of the type.
    """

    def __init__(
        self, problem: Problem, table: WeightTable, profile_name: str, chosen: IntArray
    ) -> None:
        self._problem = problem
        self._table = table
        self._figures = {
            rank: figures
            for (name, rank), figures in table.figures.items()
            if name == profile_name
        }
        ranks = sorted(self._figures)
        finite = [np.isfinite(self._figures[rank][:, 1]) for rank in ranks]
        self._rank = np.array(ranks)[np.argmax(finite, axis=0)]
        self._order = self._ordered(chosen)

    def cut(self, limit: float) -> list[IntArray]:
        """Items of each GPU, filled up to a utilization; an item beyond that has its own GPU."""
        alive = np.ones(self._order.size, dtype=bool)
        start, size = 0, 64
        gpus: list[IntArray] = []
        while True:
            start += int(np.argmax(alive[start:])) if start < alive.size else 0
            if start >= alive.size or not alive[start]:
                return gpus
            window = _window(alive, start, 2 * size + _LOOK_AHEAD)
            taken = self._take(self._order[window], limit)
            alive[window[taken]] = False
            size = taken.size
            gpus.append(self._order[window[taken]])

    def within(self, count: int) -> tuple[float, list[IntArray]]:
        """Least utilization at which so many GPUs are enough, and their items.

        Returns
        -------
        float
            Infinite where they are not enough at any utilization worth trying.
        list of arrays
            Items of each GPU; more than ``count`` in that case.
        """
        low, high = 0.0, _FULLEST
        best = self.cut(high)
        if len(best) > count:
            return np.inf, best
        middle, step = 1.0, _STEP
        while high - low > _TOLERANCE * high:
            gpus = self.cut(middle)
            if len(gpus) <= count:
                high, best = middle, gpus
                middle = max((low + high) / 2, middle - step)
            else:
                low = middle
                middle = min((low + high) / 2, middle + step)
            step *= 2
        return max((self.utilization(gpu) for gpu in best), default=0.0), best

    def utilization(self, gpu: IntArray) -> float:
        """Utilization of a GPU with some items, by the table."""
        rank = int(self._rank[gpu].max())
        return float(utilization(self._figures[rank][gpu].sum(axis=0)))

    def _ordered(self, chosen: IntArray) -> IntArray:
        rates = np.array([self._table.items[i].token_rate for i in chosen.tolist()])
        runs = []
        for index, rank in enumerate(sorted(set(self._rank[chosen].tolist()), reverse=True)):
            members = np.flatnonzero(self._rank[chosen] == rank)
            rising = members[np.argsort(rates[members], kind="stable")]
            runs.append(chosen[rising if index % 2 else rising[::-1]])
        return np.concatenate(runs) if runs else chosen

    def _take(self, window: IntArray, limit: float) -> IntArray:
        """Positions in a window of items that fill one GPU; the first is always taken."""
        from placer.search.topping_up import best_beside, number_within  # here: compiled

        figures = self._figures[int(self._rank[window].max())][window]
        number = max(1, number_within(figures, limit))
        taken = self._allowed(window, range(number), [])
        total = figures[taken].sum(axis=0)
        behind, untried = figures[number:], np.ones(window.size - number, dtype=bool)
        while limit - utilization(total) > _SLACK:
            best = best_beside(total, behind, untried, limit)
            if best < 0:
                break
            untried[best] = False
            if self._allowed(window, [number + best], taken):
                taken.append(number + best)
                total = total + behind[best]
        return np.array(taken)

    def _allowed(
        self, window: IntArray, positions: Sequence[int], beside: Sequence[int]
    ) -> list[int]:
        """Those of some positions that the rules allow on a GPU."""
        if not self._problem.rules:
            return list(positions)
        items = self._table.items
        held = [items[i] for i in window[list(beside)].tolist()]
        wanted = [items[i] for i in window[list(positions)].tolist()]
        kept = {id(item) for item in compatible(self._problem, wanted, held)}
        return [p for p, item in zip(positions, wanted, strict=True) if id(item) in kept]


def _window(alive: NDArray[np.bool_], start: int, size: int) -> IntArray:
    """Positions of the next items that are left, and of a sample of those behind them."""
    near = start + np.flatnonzero(alive[start : start + size])
    behind = alive.size - start - size
    if behind <= 0:
        return near
    far = start + size - 1 + spread(behind, _FAR_AHEAD)
    return np.concatenate([near, far[alive[far]]])
