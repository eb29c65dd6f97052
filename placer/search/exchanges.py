"""Exchanges: moves and swaps after which no GPU holds more than it has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable, utilization
from placer.problem.problem import Problem
from placer.search.owners import class_numbers, contents_of, examples, may_join

__all__ = ["Exchanges"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TARGETS = 32  # GPUs with which items are exchanged in a step
_SOURCES = 3  # GPUs that may be relieved in a step
_CANDIDATES = 64  # steps that are looked at for the rules
_USE = 1e-3  # of what is used in all, beside what is too much, in what a step makes smaller
_LEAST = 1e-7  # decrease of that which is worth a step


class _Step(NamedTuple):
    """An item that goes to a GPU, in exchange for another one of it or for none (-1)."""

    change: float
    item: int
    target: int
    other: int


class Exchanges:
    """Which item is on which GPU, how full GPUs are by the table, and how full they may be.

    Step by step a GPU that is too full is relieved: of all moves of its items to the GPUs with
    most room, and all swaps with these, that is made which leaves least beyond the room of both
    GPUs together. So a step relieves the one or uses up what is free on the other, and about as
    many steps are needed as there are GPUs with some room, however little each has.

    Parameters
    ----------
    problem : Problem
        Its rules are kept.
    table : WeightTable
    types : sequence of str
        Profile of each GPU.
    owner : (n,) array of int
        GPU of each item, -1 for none.

    Attributes
    ----------
    owner : (n,) array of int
    room : (g,) array
        How full each GPU may be; 1 at first.
    """

    def __init__(
        self, problem: Problem, table: WeightTable, types: Sequence[str], owner: IntArray
    ) -> None:
        self._problem = problem
        self._items = table.items
        names = sorted(set(types))
        ranks = sorted({rank for _, rank in table.figures})
        never = np.full((len(table.items), 3), np.inf)
        figures = np.array(
            [[table.figures.get((name, rank), never) for rank in ranks] for name in names]
        )
        self._type = np.array([names.index(name) for name in types])
        # Smallest engine for each item, by its position among the ranks; too large where none is.
        self._level = np.isinf(figures[..., 1]).sum(axis=1)
        self._figures = np.where(np.isfinite(figures), figures, 0.0)
        self._class = class_numbers(table.items)
        self._heaviness = figures[..., 1].min(axis=(0, 1))
        self.owner = owner.copy()
        self.room = np.ones(len(types))
        self._gpus = np.arange(len(types))
        self._sums = np.zeros((len(types), len(ranks), 3))
        self._counts = np.zeros((len(types), len(ranks)), dtype=np.int64)
        self._examples: list[IntArray] = [np.empty(0, dtype=np.int64)] * len(types)
        for gpu in range(len(types)):
            self._recount(gpu)

    def used(self) -> FloatArray:
        """How full each GPU is."""
        return utilization(self._sums[self._gpus, _highest(self._counts)])

    def contents(self) -> list[IntArray]:
        """Numbers of the items on each GPU."""
        return contents_of(self.owner, len(self._gpus))

    def put_all(self) -> bool:
        """Put all items that are on no GPU on one, the heaviest first; whether that goes."""
        homeless = np.flatnonzero(self.owner < 0).tolist()
        for item in sorted(homeless, key=lambda i: (-self._heaviness[i], i)):
            change = self._joined(self._gpus, np.array([item]))[0] - self._burden(self._gpus)
            for gpu in np.argsort(change, kind="stable").tolist():
                if np.isfinite(change[gpu]) and self._allowed(gpu, item, -1):
                    self._move(item, gpu)
                    break
        return bool((self.owner >= 0).all())

    def relieve(self, max_steps: int) -> float:
        """Move and swap until none is too full, or nothing helps; by how much one is too full."""
        for _ in range(max_steps):
            excess = self.used() - self.room
            if excess.max() <= 0:
                break
            fullest = np.argsort(-excess, kind="stable")[:_SOURCES]
            steps = (self._best_step(g) for g in fullest.tolist() if excess[g] > 0)
            step = next((found for found in steps if found is not None), None)
            if step is None:
                break
            source = int(self.owner[step.item])
            self._move(step.item, step.target)
            if step.other >= 0:
                self._move(step.other, source)
        return max(0.0, float((self.used() - self.room).max()))

    def _move(self, item: int, gpu: int) -> None:
        source = int(self.owner[item])
        self.owner[item] = gpu
        for changed in {source, gpu} - {-1}:
            self._recount(changed)

    def _recount(self, gpu: int) -> None:
        """Sums of a GPU's figures on each engine, its items by level, and examples of them."""
        held = np.flatnonzero(self.owner == gpu)
        own = self._type[gpu]
        self._sums[gpu] = self._figures[own][:, held].sum(axis=1)
        levels = self._level[own][held]
        self._counts[gpu] = np.bincount(levels, minlength=self._counts.shape[1])
        self._examples[gpu] = examples(held, self._class)

    def _best_step(self, source: int) -> _Step | None:
        """The move or swap that makes what is too much smallest, of those that the rules allow."""
        free = self.room - self.used()
        free[source] = -np.inf
        targets = np.argsort(-free, kind="stable")[:_TARGETS]
        targets = targets[targets != source]
        mine = self._examples[source]
        if not targets.size or not mine.size:
            return None
        for step in sorted(
            [*self._moves(source, mine, targets), *self._swaps(source, mine, targets)]
        ):
            if step.change >= -_LEAST:
                return None
            if self._allowed(step.target, step.item, step.other) and (
                step.other < 0 or self._allowed(source, step.other, step.item)
            ):
                return step
        return None

    def _moves(self, source: int, mine: IntArray, targets: IntArray) -> Iterator[_Step]:
        left = self._sums[source] - self._figures[self._type[source]][:, mine].swapaxes(0, 1)
        level = self._level_without(np.full(mine.size, source), mine)
        relieved = self._judged(left[np.arange(mine.size), level], self.room[source])
        change = relieved[:, None] + self._joined(targets, mine)
        change -= self._burden(np.array([source])) + self._burden(targets)
        for k in self._promising(change):
            i, j = divmod(k, targets.size)
            yield _Step(float(change[i, j]), int(mine[i]), int(targets[j]), -1)

    def _swaps(self, source: int, mine: IntArray, targets: IntArray) -> Iterator[_Step]:
        others = np.concatenate([self._examples[target] for target in targets.tolist()])
        if not others.size:
            return
        gpus = self.owner[others]
        my_level = self._level_without(np.full(mine.size, source), mine)
        mine_after = self._exchanged(source, mine[:, None], others[None], my_level[:, None])
        their_level = self._level_without(gpus, others)
        theirs = self._exchanged(gpus[None], others[None], mine[:, None], their_level[None])
        change = mine_after + theirs
        change -= self._burden(np.array([source])) + self._burden(gpus)
        for k in self._promising(change):
            i, j = divmod(k, others.size)
            yield _Step(float(change[i, j]), int(mine[i]), int(gpus[j]), int(others[j]))

    def _promising(self, change: FloatArray) -> list[int]:
        """The smallest changes: one of them, or some where rules may forbid it."""
        flat = change.ravel()
        if not self._problem.rules:
            return [int(np.argmin(flat))]
        number = min(_CANDIDATES, flat.size)
        chosen: list[int] = np.argpartition(flat, number - 1)[:number].tolist()
        return chosen

    def _level_without(self, gpus: IntArray, items: IntArray) -> IntArray:
        """Levels of the engines of GPUs once each has lost an item."""
        counts = self._counts[gpus]
        counts[np.arange(items.size), self._level[self._type[gpus], items]] -= 1
        return _highest(counts)

    def _joined(self, gpus: IntArray, items: IntArray) -> FloatArray:
        """What GPUs would be judged to hold with each of some items added, (n, g)."""
        levels = np.maximum(
            _highest(self._counts[gpus])[None], self._level[self._type[gpus]][:, items].T
        )
        at = np.minimum(levels, self._counts.shape[1] - 1)
        added = self._figures[self._type[gpus][None], at, items[:, None]]
        judged = self._judged(self._sums[gpus[None], at] + added, self.room[gpus])
        return np.where(levels < self._counts.shape[1], judged, np.inf)

    def _exchanged(
        self, gpu: int | IntArray, gone: IntArray, come: IntArray, level: IntArray
    ) -> FloatArray:
        """What GPUs would be judged to hold with an item instead of another, (n, m).

        ``level`` is that of the engine without the item that goes.
        """
        own = self._type[gpu]
        levels = np.maximum(level, self._level[own, come])
        at = np.minimum(levels, self._counts.shape[1] - 1)
        figures = self._figures[own, at, come] - self._figures[own, at, gone]
        judged = self._judged(self._sums[gpu, at] + figures, self.room[gpu])
        return np.where(levels < self._counts.shape[1], judged, np.inf)

    def _burden(self, gpus: IntArray) -> FloatArray:
        """What GPUs are judged to hold now."""
        return self._judged(self._sums[gpus, _highest(self._counts[gpus])], self.room[gpus])

    def _judged(self, sums: FloatArray, room: FloatArray) -> FloatArray:
        """What is beyond the room, and a little of all that is used."""
        used = utilization(sums)
        judged: FloatArray = np.maximum(used - room, 0.0) + _USE * used
        return judged

    def _allowed(self, gpu: int, item: int, instead_of: int) -> bool:
        """Whether the rules let an item join a GPU, which another one leaves for it."""
        return may_join(self._problem, self._items, self.owner, gpu, item, instead_of)


def _highest(counts: IntArray) -> IntArray:
    """Position of the last positive count in each row, 0 where there is none."""
    levels = counts.shape[1]
    last: IntArray = levels - 1 - np.argmax(counts[:, ::-1] > 0, axis=1)
    return np.where(counts.any(axis=1), last, 0)
