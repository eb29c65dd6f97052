"""Patterns: contents of one GPU that count items of each group instead of naming adapters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, ItemClass, by_decreasing_traffic, items_of
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Pattern", "PatternPool", "deal_items"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How many items of each group one GPU serves.

    Parameters
    ----------
    profile_name : str
        GPU type.
    counts : tuple of int
        Items of each group.
    cost : tuple of float
        From the objective, of the GPU that it was made of.
    """

    profile_name: str
    counts: tuple[int, ...]
    cost: tuple[float, ...]


class PatternPool:
    """Admissible patterns known so far.

    Parameters
    ----------
    evaluator : Evaluator
        Every GPU that it has found admissible is a pattern.
    items : sequence of Item
        What is to be placed.
    groups : mapping of (int, float) to int
        Group of each class of items. Items of a group are counted together; where they are of
        several classes, not every choice of them is admissible, see `reject`.
    """

    def __init__(
        self, evaluator: Evaluator, items: Sequence[Item], groups: Mapping[ItemClass, int]
    ) -> None:
        self._evaluator = evaluator
        self._patterns: dict[tuple[str, tuple[int, ...]], Pattern] = {}
        self._rejected: set[tuple[str, tuple[int, ...]]] = set()
        self._num_read = 0
        self._groups = groups
        demand = Counter(groups[item.item_class] for item in items)
        self.demand = tuple(demand[group] for group in range(1 + max(demand, default=-1)))

    def update(self) -> None:
        """Take up the GPUs that were evaluated since the last time."""
        gpus = self._evaluator.admissible_gpus
        for gpu in gpus[self._num_read :]:
            pattern = self._pattern(gpu)
            if pattern is None:
                continue
            key = (pattern.profile_name, pattern.counts)
            known = self._patterns.get(key)
            if key not in self._rejected and (known is None or pattern.cost < known.cost):
                self._patterns[key] = pattern
        self._num_read = len(gpus)

    def reject(self, pattern: Pattern) -> None:
        """Do without a pattern from now on: a GPU that was to hold it is not admissible."""
        key = (pattern.profile_name, pattern.counts)
        self._rejected.add(key)
        self._patterns.pop(key, None)

    def patterns(self) -> list[Pattern]:
        """Those that no other one covers at no higher cost."""
        groups: dict[str, list[Pattern]] = defaultdict(list)
        for pattern in self._patterns.values():
            groups[pattern.profile_name].append(pattern)
        return [pattern for group in groups.values() for pattern in _undominated(group)]

    def start(
        self, patterns: Sequence[Pattern], gpus: Sequence[EvaluatedGpu]
    ) -> dict[Pattern, int] | None:
        """GPUs of each pattern that cover some GPUs; None where one is not covered."""
        counts = np.array([pattern.counts for pattern in patterns])
        chosen: Counter[Pattern] = Counter()
        for gpu in gpus:
            wanted = self._pattern(gpu)
            if wanted is None:
                return None
            covering = [
                patterns[i]
                for i in np.flatnonzero((counts >= wanted.counts).all(axis=1)).tolist()
                if patterns[i].profile_name == wanted.profile_name
            ]
            if not covering:
                return None
            chosen[min(covering, key=lambda p: (p.cost, p.counts))] += 1
        return dict(chosen)

    def _pattern(self, gpu: EvaluatedGpu) -> Pattern | None:
        """The pattern of a GPU; None where it cuts an adapter otherwise than the items."""
        counts = [0] * len(self.demand)
        for item in items_of(self._evaluator, gpu.plan):
            group = self._groups.get(item.item_class)
            if group is None:
                return None
            counts[group] += 1
        return Pattern(gpu.plan.profile_name, tuple(counts), gpu.cost)


def deal_items(
    items: Sequence[Item], groups: Mapping[ItemClass, int], chosen: Iterable[tuple[Pattern, int]]
) -> list[tuple[Pattern, list[Item]]]:
    """Fill chosen patterns with items of their groups; too few of a group are left out.

    Parameters
    ----------
    items : sequence of Item
        Dealt in turn to the patterns, so that of a group with items of several sizes none gets
        all the large ones.
    groups : mapping of (int, float) to int
        Group of each class of items.
    chosen : iterable of (Pattern, int)
        Patterns, and on how many GPUs each.

    Returns
    -------
    list of (Pattern, list of Item)
        One entry for each GPU that has an item.
    """
    # Patterns that cost least come first: the others have more to gain from being left incomplete.
    ordered = sorted(chosen, key=lambda entry: (entry[0].cost, entry[0].counts))
    gpus = [pattern for pattern, number in ordered for _ in range(number)]
    stock: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        stock[groups[item.item_class]].append(item)
    contents: list[list[Item]] = [[] for _ in gpus]
    for group, members in stock.items():
        places = [gpu for gpu, pattern in enumerate(gpus) for _ in range(pattern.counts[group])]
        kept = places[: len(members)]
        taken: Counter[int] = Counter()
        turns = []
        for gpu in kept:  # the k-th place of every GPU comes before the (k + 1)-th of any
            turns.append((taken[gpu], gpu))
            taken[gpu] += 1
        largest_first = by_decreasing_traffic(members)
        for item, (_, gpu) in zip(largest_first, sorted(turns), strict=False):
            contents[gpu].append(item)
    return [(p, content) for p, content in zip(gpus, contents, strict=True) if content]


def _undominated(patterns: Sequence[Pattern]) -> list[Pattern]:
    """Patterns of one GPU type without those that another covers at no higher cost."""
    ordered = sorted(patterns, key=lambda p: (-sum(p.counts), p.cost, p.counts))
    kept: list[Pattern] = []
    covers = np.empty((len(ordered), len(ordered[0].counts)), dtype=int)  # counts of those kept
    for pattern in ordered:
        covering = np.flatnonzero((covers[: len(kept)] >= pattern.counts).all(axis=1))
        if not any(kept[i].cost <= pattern.cost for i in covering):
            covers[len(kept)] = pattern.counts
            kept.append(pattern)
    return kept
