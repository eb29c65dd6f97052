"""Improvement: random moves, swaps and changes of the GPU type that make the objective better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, compatible, items_of, shares_of
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.search import Search

__all__ = ["Improvement"]

T = TypeVar("T")

_LEAST = 1e-4  # relative decrease of the value that is worth a change


@dataclass(frozen=True, slots=True)
class _Gpu:
    """A GPU of the placement, or one that may become part of it.

    ``slots`` are those of its engine relative to the number of its adapters.
    """

    gpu_type: GpuType
    items: tuple[Item, ...]
    slots: float


@dataclass(frozen=True, slots=True)
class _Change:
    """Positions of GPUs that are replaced, and what they are replaced with."""

    replaced: tuple[int, ...]
    gpus: tuple[_Gpu, ...]


class Improvement:
    """Makes the best of a batch of random changes, again and again.

    A change moves an item to another GPU or to a new one, swaps two items, or gives what a GPU
    holds to a GPU of another type.

    Parameters
    ----------
    search : Search
        Its incumbent is improved; it has to be complete.
    patience : int
        Batches without an improvement after which it ends.
    batch : int
        Changes in a batch.
    """

    def __init__(self, search: Search, patience: int, batch: int) -> None:
        self._search = search
        self._problem = search.problem
        self._packer = Packer(search.evaluator)
        self._patience = patience
        self._batch = batch
        self._evaluated = list(search.gpus)
        self._gpus = [_gpu_of(search.evaluator, gpu) for gpu in self._evaluated]

    def run(self) -> None:
        """Improve until nothing is found any more.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        if self._constant():
            return
        stale = 0
        while stale < self._patience:
            self._search.budget.check()
            stale = 0 if self._improve() else stale + 1
        self._search.offer(self._packer.refine_all(self._evaluated))

    def _constant(self) -> bool:
        """Whether neither the traffic of a GPU nor its type matters to what it costs."""
        costs = {gpu.cost for gpu in self._search.evaluator.admissible_gpus}
        return len(costs) == 1 and len(self._problem.fleet) == 1

    def _improve(self) -> bool:
        """Try a batch of changes, and make the best of them."""
        value = self._search.evaluator.value
        best, least = None, value(self._evaluated)
        for change, found in self._admissible_changes():
            changed = value([*_kept(self._evaluated, change), *found])
            if _better(changed, least):
                best, least = (change, found), changed
        if best is None:
            return False
        change, found = best
        self._evaluated = [*_kept(self._evaluated, change), *found]
        self._gpus = [*_kept(self._gpus, change), *change.gpus]
        self._search.offer(self._evaluated)
        return True

    def _admissible_changes(self) -> list[tuple[_Change, list[EvaluatedGpu]]]:
        """Random changes whose GPUs are all admissible, with these."""
        drawn = [change for _ in range(self._batch) if (change := self._draw()) is not None]
        planned = [[self._plan(gpu) for gpu in change.gpus] for change in drawn]
        answers = iter(
            self._search.evaluator.evaluate([plan for own in planned for plan in own if plan])
        )
        found = [[next(answers) if plan else None for plan in own] for own in planned]
        admissible = [[gpu for gpu in own if gpu and gpu.admissible] for own in found]
        pairs = zip(drawn, admissible, strict=True)
        return [(change, own) for change, own in pairs if len(own) == len(change.gpus)]

    def _draw(self) -> _Change | None:
        """A random change; None where what was drawn is none."""
        rng = self._search.rng
        source = int(rng.integers(len(self._gpus)))
        gpu = self._gpus[source]
        item = gpu.items[int(rng.integers(len(gpu.items)))]
        rest = _without(gpu, item)
        kind = rng.random()
        if kind < 0.1:
            return self._retyped(source)
        if kind < 0.2:
            return self._opened(source, rest, item)
        target = int(rng.integers(len(self._gpus)))
        if target == source:
            return None
        theirs = self._gpus[target]
        if kind < 0.6:
            return self._change((source, target), rest, _with(theirs, item))
        other = theirs.items[int(rng.integers(len(theirs.items)))]
        return self._change(
            (source, target), _with(rest, other), _with(_without(theirs, other), item)
        )

    def _opened(self, source: int, rest: _Gpu, item: Item) -> _Change | None:
        """An item on a GPU of its own."""
        types = self._problem.available([gpu.gpu_type.profile.name for gpu in self._gpus])
        if not types or not rest.items or self._search.gpus_first:
            return None
        chosen = types[int(self._search.rng.integers(len(types)))]
        return self._change((source,), rest, _Gpu(chosen, (item,), 1.0))

    def _retyped(self, source: int) -> _Change | None:
        """The same on a GPU of another type."""
        gpu = self._gpus[source]
        others = [other.gpu_type.profile.name for g, other in enumerate(self._gpus) if g != source]
        types = [t for t in self._problem.available(others) if t != gpu.gpu_type]
        if not types:
            return None
        chosen = types[int(self._search.rng.integers(len(types)))]
        return self._change((source,), _Gpu(chosen, gpu.items, gpu.slots))

    def _change(self, replaced: tuple[int, ...], *gpus: _Gpu) -> _Change | None:
        """A change, unless a GPU may not hold what it would."""
        for gpu in gpus:
            if len(compatible(self._problem, gpu.items)) < len(gpu.items):
                return None
            if any(self._problem.refusals(gpu.gpu_type, item.adapters) for item in gpu.items):
                return None
        return _Change(replaced, tuple(gpu for gpu in gpus if gpu.items))

    def _plan(self, gpu: _Gpu) -> GpuPlan | None:
        """An engine with about as many slots for each adapter as before."""
        shares = shares_of(gpu.items)
        options = self._search.evaluator.max_loras_options(gpu.gpu_type, list(shares))
        if not options:
            return None
        wanted = gpu.slots * self._search.evaluator.num_adapters(shares)
        option = min(options, key=lambda slots: abs(slots - wanted))
        return self._search.evaluator.plan(gpu.gpu_type, option, shares)


def _gpu_of(evaluator: Evaluator, gpu: EvaluatedGpu) -> _Gpu:
    plan = gpu.plan
    return _Gpu(
        evaluator.problem.gpu_type(plan.profile_name),
        tuple(items_of(evaluator, plan)),
        plan.config.max_loras / number if (number := gpu.candidate.num_adapters) else 1.0,
    )


def _with(gpu: _Gpu, item: Item) -> _Gpu:
    return _Gpu(gpu.gpu_type, (*gpu.items, item), gpu.slots)


def _without(gpu: _Gpu, item: Item) -> _Gpu:
    return _Gpu(gpu.gpu_type, tuple(i for i in gpu.items if i is not item), gpu.slots)


def _kept(gpus: Sequence[T], change: _Change) -> list[T]:
    """GPUs that a change does not replace."""
    return [gpu for g, gpu in enumerate(gpus) if g not in change.replaced]


def _better(value: Sequence[float], than: Sequence[float]) -> bool:
    """Whether a value is smaller, by more than the least relative decrease."""
    for new, old in zip(value, than, strict=True):
        if abs(new - old) > _LEAST * abs(old):
            return new < old
    return False
