"""Repair: relieves GPUs that do not pass verification."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from placer.problem.fleet import GpuType
from placer.problem.load import EvaluatedLoad
from placer.search.evaluator import Evaluator
from placer.search.items import Item, compatible, eligible, items_of, remaining, shares_of
from placer.search.packing import Packer

__all__ = ["Repair"]

_MAX_HALVINGS = 6  # of an adapter that overloads a GPU alone
_ASKED_FIRST = 6  # GPUs, before further ones are opened
_AT_ONCE = 3  # numbers of adapters that are tried at the same time


class Repair:
    """Moves adapters away from GPUs that are not admissible, to others or to further GPUs.

    First another number of slots is tried. Then a GPU gives up its smallest adapters, as few as it
    takes; an adapter that is too much even alone is halved until a
    part fits. Where there is no place for what it gives up, the GPU is left as it was. GPUs keep
    their names.

    Parameters
    ----------
    judge : Evaluator
        Says which loads are admissible.
    loads : sequence of EvaluatedLoad
        The GPUs, evaluated by the judge.

    Attributes
    ----------
    loads : list of EvaluatedLoad
        The GPUs as they are now.
    num_moved : int
        Adapters that were moved, in full or in part.
    num_opened : int
        GPUs that were added.
    num_reconfigured : int
        GPUs that got another number of slots.
    """

    def __init__(self, judge: Evaluator, loads: Sequence[EvaluatedLoad]) -> None:
        self._judge = judge
        self._packer = Packer(judge)
        self.loads = list(loads)
        self.num_moved = 0
        self.num_opened = 0
        self.num_reconfigured = 0

    def run(self) -> None:
        """Relieve all GPUs that need it, one after the other."""
        for position, load in enumerate(list(self.loads)):
            if not load.admissible:
                self._relieve(position)

    def _relieve(self, position: int) -> None:
        load = self.loads[position]
        gpu_type = self._gpu_type(load)
        same = self._packer.fit(gpu_type, items_of(self._judge, load.plan))
        if same is not None:
            self.loads[position] = self._named(same, load)
            self.num_reconfigured += 1
            return
        kept, given = self._shed(gpu_type, load)
        if kept is None:
            return
        before = list(self.loads)
        self.loads[position] = self._named(kept, load)
        left = self._place(given, position)
        if left:
            self.loads = before
            return
        self.num_moved += len(shares_of(given))
        self.num_opened += len(self.loads) - len(before)

    def _shed(
        self, gpu_type: GpuType, load: EvaluatedLoad
    ) -> tuple[EvaluatedLoad | None, list[Item]]:
        """A GPU with what it can keep, and what it gives up."""
        ordered = sorted(items_of(self._judge, load.plan), key=lambda i: (-i.token_rate, i.name))
        powers = [2**power for power in range(len(ordered).bit_length() + 1)]
        tries = sorted({min(number, len(ordered) - 1) for number in powers} - {0})
        low, high, kept = 0, len(ordered), None  # giving up low is too little, high is enough
        for start in range(0, len(tries), _AT_ONCE):
            numbers = tries[start : start + _AT_ONCE]
            found = self._without_smallest(load, ordered, numbers)
            enough = [number for number in numbers if found[number].admissible]
            if enough:
                high, kept = enough[0], found[enough[0]]
            low = max([low, *(number for number in numbers if number < high)])
            if enough:
                break
        while kept is not None and high - low > 1:
            middle = (low + high) // 2
            more = self._without_smallest(load, ordered, [middle])[middle]
            if more.admissible:
                high, kept = middle, more
            else:
                low = middle
        if kept is not None:
            return kept, ordered[-high:]
        return self._halve(gpu_type, ordered)

    def _without_smallest(
        self, load: EvaluatedLoad, ordered: Sequence[Item], numbers: Sequence[int]
    ) -> dict[int, EvaluatedLoad]:
        """A GPU with the same engine without so many of its smallest adapters."""
        plans = []
        for number in numbers:
            shares = shares_of(ordered[:-number])
            slots = min(load.plan.config.max_loras, len(shares))
            config = replace(load.plan.config, max_loras=slots)
            plans.append(replace(load.plan, config=config, shares=tuple(sorted(shares.items()))))
        return dict(zip(numbers, self._judge.evaluate(plans), strict=True))

    def _halve(
        self, gpu_type: GpuType, ordered: Sequence[Item]
    ) -> tuple[EvaluatedLoad | None, list[Item]]:
        """A GPU with as large a part of its largest adapter as it serves, and what it gives up."""
        largest, given = ordered[0], list(ordered[1:])
        for halvings in range(_MAX_HALVINGS + 1):
            if halvings:
                largest = largest.with_share(largest.share / 2)
                given.append(largest.with_share(largest.share))
            kept = self._packer.fit(gpu_type, [largest])
            if kept is not None:
                return kept, given
        return None, []

    def _place(self, items: list[Item], source: int) -> list[Item]:
        """Put items on other GPUs, then on further ones; what is left has no place.

        GPUs that answer first are asked first; where some in a row take nothing, further GPUs are
        opened before the rest is asked.
        """
        others = [g for g, load in enumerate(self.loads) if g != source and load.admissible]
        others.sort(key=lambda g: (-_slack(self.loads[g]), g))
        for position in others[:_ASKED_FIRST]:
            items = self._add(items, position)
        items = self._open_all(items)
        for position in others[_ASKED_FIRST:]:
            items = self._add(items, position)
        return items

    def _add(self, items: list[Item], position: int) -> list[Item]:
        """Put items on a GPU beside what it holds, and return what is left."""
        if not items:
            return items
        load = self.loads[position]
        gpu_type, held = self._gpu_type(load), items_of(self._judge, load.plan)
        candidates = self._candidates(gpu_type, items, held)
        count, fuller = self._packer.longest_prefix(gpu_type, held, candidates, len(candidates))
        if fuller is None:
            return items
        self.loads[position] = self._named(fuller, load)
        return remaining(items, candidates[:count])

    def _open_all(self, items: list[Item]) -> list[Item]:
        """Put items on further GPUs, and return what is left."""
        while items and (opened := self._open(items)) is not None:
            load, items = opened
            self.loads.append(load)
        return items

    def _open(self, items: list[Item]) -> tuple[EvaluatedLoad, list[Item]] | None:
        """One more GPU with as many items as it serves, and the items left."""
        used = [load.plan.profile_name for load in self.loads]
        for gpu_type in self._judge.problem.available(used):
            candidates = self._candidates(gpu_type, items, ())
            count, load = self._packer.longest_prefix(gpu_type, (), candidates, len(candidates))
            if load is not None:
                return self._packer.refine(load), remaining(items, candidates[:count])
        return None

    def _candidates(
        self, gpu_type: GpuType, items: Sequence[Item], held: Sequence[Item]
    ) -> Sequence[Item]:
        """Items that a GPU may hold beside what it holds."""
        problem = self._judge.problem
        return compatible(problem, eligible(problem, gpu_type, items), held)

    def _gpu_type(self, load: EvaluatedLoad) -> GpuType:
        return self._judge.problem.gpu_type(load.plan.profile_name)

    def _named(self, load: EvaluatedLoad, other: EvaluatedLoad) -> EvaluatedLoad:
        """A load with the name of another GPU."""
        plan = replace(load.plan, name=other.plan.name)
        return self._judge.evaluate([plan])[0]


def _slack(load: EvaluatedLoad) -> float:
    """Larger for GPUs that are further from starving."""
    estimate = load.estimate
    return -estimate.ttft_mean if estimate.starvation_probability == 0 else -math.inf
