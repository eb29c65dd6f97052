"""Assignment: items on GPUs, improved by the weight table alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable, utilization
from placer.problem.problem import Problem
from placer.search.owners import class_numbers, contents_of, examples, may_join

__all__ = ["Assignment"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_POWER = 8  # of the utilization, in the sum that moves and swaps make smaller
_CANDIDATES = 8  # moves of a step that are looked at for the rules


class Assignment:
    """Which item is on which GPU, and how full the GPUs are by the table.

    The fullest GPU is relieved step by step: of all moves of one of its items, and all swaps with
    another GPU's, that is made which lowers the sum of the eighth powers of the utilizations most.

    Parameters
    ----------
    problem : Problem
        Its rules are kept.
    table : WeightTable
    types : sequence of str
        Profile of each GPU.
    owner : (n,) array of int
        GPU of each item.

    Attributes
    ----------
    owner : (n,) array of int
    bias : (g,) array
        What the utilization of each GPU is multiplied by; more than 1 where the estimator does
        not accept what the table says is possible.
    """

    def __init__(
        self, problem: Problem, table: WeightTable, types: Sequence[str], owner: IntArray
    ) -> None:
        self._problem = problem
        self._items = table.items
        self._types = list(types)
        ranks = sorted({rank for _, rank in table.figures})
        never = np.full((len(table.items), 3), np.inf)
        self._figures = {
            name: np.array([table.figures.get((name, rank), never) for rank in ranks])
            for name in set(types)
        }
        # Smallest engine for each item, by its position among the ranks; too large where none is.
        self._level = {
            name: np.isinf(figures[:, :, 1]).sum(axis=0) for name, figures in self._figures.items()
        }
        self._class = class_numbers(table.items)
        self.owner = owner.copy()
        self.bias = np.ones(len(self._types))
        self._sums = np.zeros((len(self._types), len(ranks), 3))
        self._at = np.zeros(len(self._types), dtype=np.int64)
        for gpu in range(len(self._types)):
            self._recount(gpu)

    def utilizations(self) -> FloatArray:
        """How full each GPU is, with its bias."""
        gpus = np.arange(len(self._types))
        return self.bias * utilization(self._sums[gpus, self._at])

    def contents(self) -> list[IntArray]:
        """Numbers of the items on each GPU."""
        return contents_of(self.owner, len(self._types))

    def relieve(self, limit: float, max_steps: int) -> bool:
        """Move and swap until no GPU is fuller than a limit; whether that was reached."""
        for _ in range(max_steps):
            used = self.utilizations()
            if used.max() <= limit:
                return True
            step = self._best_step(int(np.argmax(used)))
            if step is None:
                return False
            item, target, other = step
            source = int(self.owner[item])
            self.owner[item] = target
            if other is not None:
                self.owner[other] = source
            self._recount(source)
            self._recount(target)
        return bool(self.utilizations().max() <= limit)

    def _recount(self, gpu: int) -> None:
        """Sums of a GPU's figures on each engine, and the smallest engine for its items."""
        name = self._types[gpu]
        held = np.flatnonzero(self.owner == gpu)
        self._sums[gpu] = self._figures[name][:, held].sum(axis=1)
        self._at[gpu] = self._level[name][held].max(initial=0)

    def _with(self, gpu: int, items: IntArray) -> FloatArray:
        """Utilization of a GPU with each of some items added."""
        name = self._types[gpu]
        at = np.maximum(self._at[gpu], self._level[name][items])
        fits = at < self._sums.shape[1]
        level = np.where(fits, at, 0)
        figures = np.where(fits[:, None], self._figures[name][level, items], 0.0)
        sums = np.where(fits[:, None], self._sums[gpu][level], 0.0)
        filled = self.bias[gpu] * utilization(sums + figures)
        return np.where(fits, filled, np.inf)

    def _exchanged(self, gpu: int, gone: IntArray, come: IntArray) -> FloatArray:
        """Utilization of a GPU for each pair of an item that leaves and one that comes, (n, m)."""
        name = self._types[gpu]
        at = np.maximum(self._at[gpu], self._level[name][come])
        fits = at < self._sums.shape[1]
        level = np.where(fits, at, self._at[gpu])
        figures = self._figures[name]
        come_figures = np.where(fits[:, None], figures[level, come], 0.0)
        left = self._sums[gpu][level][None] - figures[level[None, :], gone[:, None]]
        filled = self.bias[gpu] * utilization(left + come_figures[None])
        return np.where(fits[None], filled, np.inf)

    def _best_step(self, source: int) -> tuple[int, int, int | None] | None:
        """The best move of an item to a GPU, or swap for an item of it, that the rules allow."""
        found = sorted(self._steps(source), key=lambda step: step[0])
        for change, item, target, other in found:
            if change >= 0:
                return None
            forth = self._allowed(target, item, other)
            if forth and (other is None or self._allowed(source, other, item)):
                return item, target, other
        return None

    def _steps(self, source: int) -> Iterator[tuple[float, int, int, int | None]]:
        """For each other GPU the best moves and swaps: change, item, GPU and item in exchange."""
        held = self._examples(source)
        now = self.utilizations() ** _POWER
        name = self._types[source]
        left = self._sums[source][self._at[source]] - self._figures[name][self._at[source], held]
        relieved = (self.bias[source] * utilization(left)) ** _POWER
        count = _CANDIDATES if self._problem.rules else 1
        for target in range(len(self._types)):
            if target == source:
                continue
            before = now[source] + now[target]
            change = relieved + self._with(target, held) ** _POWER - before
            for i in np.argsort(change, kind="stable")[:count].tolist():
                yield float(change[i]), int(held[i]), target, None
            others = self._examples(target)
            if others.size:
                mine = self._exchanged(source, held, others) ** _POWER
                theirs = self._exchanged(target, others, held).T ** _POWER
                change = mine + theirs - before
                for k in np.argsort(change, axis=None, kind="stable")[:count].tolist():
                    i, j = divmod(k, others.size)
                    yield float(change[i, j]), int(held[i]), target, int(others[j])

    def _examples(self, gpu: int) -> IntArray:
        return examples(np.flatnonzero(self.owner == gpu), self._class)

    def _allowed(self, gpu: int, item: int, instead_of: int | None) -> bool:
        """Whether the rules let an item join a GPU, which another one leaves for it."""
        return may_join(self._problem, self._items, self.owner, gpu, item, instead_of)
