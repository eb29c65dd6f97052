"""Items: what strategies pack, adapters or shares of adapters that are too hot for one GPU."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from placer.gpu.evaluator import Evaluator
from placer.gpu.largest_shares import ALL, largest_shares
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter

__all__ = [
    "Item",
    "ItemClass",
    "by_decreasing_traffic",
    "compatible",
    "eligible",
    "items_of",
    "make_items",
    "missing_items",
    "placeable",
    "remaining",
    "shares_of",
]

ItemClass = tuple[int, float]
"""Class of items that are interchangeable."""

_NOTHING = 1e-6  # share that is not worth a GPU
_BASE_PARTS = 4  # into which requests for a base model are cut
_SLACK = 0.04  # of a GPU that equal parts leave free, beyond which they count as wasteful


@dataclass(frozen=True, slots=True)
class Item:
    """A share of the requests of one adapter, or of several that have to be together.

    Parameters
    ----------
    adapters : tuple of Adapter
        The adapters with their whole rates, sorted by name where there are several.
    share : float
        Share of the requests of each, in (0, 1].
    item_class : tuple of (int, float)
        Equal for interchangeable items: the first adapter's class and the share.
    """

    adapters: tuple[Adapter, ...]
    share: float
    item_class: ItemClass

    @property
    def name(self) -> str:
        """Name of the first adapter."""
        return self.adapters[0].name

    @property
    def rank(self) -> int:
        """Largest rank of the adapters."""
        return max(adapter.rank for adapter in self.adapters)

    @property
    def token_rate(self) -> float:
        """Offered traffic in tokens/s."""
        return sum(adapter.token_rate for adapter in self.adapters) * self.share

    @property
    def rate(self) -> float:
        """Request rate in requests/s."""
        return sum(adapter.rate for adapter in self.adapters) * self.share

    def with_share(self, share: float) -> Item:
        """The same adapters with another share."""
        return replace(self, share=share, item_class=(self.item_class[0], share))

    def halves(self) -> list[Item]:
        """Two items with half of the requests each."""
        return [self.with_share(self.share / 2) for _ in range(2)]


def shares_of(items: Iterable[Item]) -> dict[str, float]:
    """Share of each adapter by name; items of the same adapter are added up."""
    shares: dict[str, float] = {}
    for item in items:
        for adapter in item.adapters:
            shares[adapter.name] = shares.get(adapter.name, 0.0) + item.share
    return shares


def remaining(items: Sequence[Item], taken: Iterable[Item]) -> list[Item]:
    """Items but for some of the very same, in order; equal ones stay.

    It takes as long as it takes to find them: GPUs take the first of very many.
    """
    gone = {id(item) for item in taken}
    left: list[Item] = []
    for number, item in enumerate(items):
        if not gone:
            return [*left, *items[number:]]
        if id(item) in gone:
            gone.remove(id(item))
        else:
            left.append(item)
    return left


def by_decreasing_traffic(items: Iterable[Item]) -> list[Item]:
    """Items with the most tokens/s first; of equal ones the largest rank, then by name."""
    return sorted(items, key=lambda item: (-item.token_rate, -item.rank, item.name))


def items_of(evaluator: Evaluator, plan: GpuPlan) -> list[Item]:
    """What a GPU holds, in order of the names."""
    rules = evaluator.problem.rules
    return [
        _item(evaluator, rules.bundle(name), share)
        for name, share in plan.shares
        if rules.bundle(name)[0] == name
    ]


def missing_items(items: Iterable[Item], gpus: Iterable[EvaluatedGpu]) -> list[Item]:
    """What no GPU of a placement answers of some items, in order."""
    placed: dict[str, float] = {}
    for gpu in gpus:
        for name, share in gpu.plan.shares:
            placed[name] = placed.get(name, 0.0) + share
    missing = []
    for item in items:
        have = placed.get(item.name, 0.0)
        placed[item.name] = have - item.share
        share = item.share - max(0.0, have)
        if share > _NOTHING:
            missing.append(item.with_share(share))
    return missing


def eligible(problem: Problem, gpu_type: GpuType, items: Iterable[Item]) -> list[Item]:
    """Items that a GPU of a type may hold."""
    if len(problem.fleet) == 1:  # an adapter that no type takes is no part of a problem
        return list(items)
    return [item for item in items if not problem.refusals(gpu_type, item.adapters)]


def compatible(
    problem: Problem, items: Sequence[Item], beside: Iterable[Item] = ()
) -> Sequence[Item]:
    """Items, in order, that the rules allow on one GPU together with those before them.

    Parameters
    ----------
    problem : Problem
    items : sequence of Item
    beside : iterable of Item
        What the GPU holds already.
    """
    rules = problem.rules
    if not rules:
        return items
    company = rules.company()
    for name, share in shares_of(beside).items():
        company.add(name, share)
    chosen = []
    for item in items:
        if all(company.refusal(adapter.name, item.share) is None for adapter in item.adapters):
            chosen.append(item)
            for adapter in item.adapters:
                company.add(adapter.name, item.share)
    return chosen


def placeable(
    problem: Problem, gpu_type: GpuType, items: Iterable[Item], beside: Iterable[Item] = ()
) -> Sequence[Item]:
    """Items that are `eligible` for a GPU type and `compatible` with what the GPU holds."""
    return compatible(problem, eligible(problem, gpu_type, items), beside)


def make_items(
    evaluator: Evaluator, *, even: bool = False, tight: bool = False
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """One item for each adapter, several for those that have to be on several GPUs.

    These are the adapters that are too hot for one GPU, and those of which the rules want
    replicas. Adapters that have to be together are one item. Requests for a base model cost
    nothing more on several GPUs: what of them needs no GPU of its own is cut into quarters, unless
    rules say where they have to be.

    Parameters
    ----------
    evaluator : Evaluator
        Tells which adapters are too hot.
    even : bool
        Cut hot adapters into equal shares. Otherwise all but one are as large as a GPU can serve,
        and the last one leaves room for other adapters. Replicas are always equal.
    tight : bool
        Cut only those into equal shares of which that leaves little of the GPUs free, and no
        requests for a base model.

    Returns
    -------
    tuple of Item
        In the order of the workload.
    tuple of str
        Names of adapters that no GPU can serve even a small share of.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    rules, classes = evaluator.problem.rules, evaluator.classes
    items: list[Item] = []
    hopeless: list[str] = []
    hot = largest_shares(evaluator)
    for adapter in evaluator.problem.workload.adapters:
        bundle = rules.bundle(adapter.name)
        if bundle[0] != adapter.name:
            continue
        found = hot.get(classes.adapter_class(adapter.name), ALL)
        count, largest = found.parts, found.share
        if count == 0:
            hopeless.extend(bundle)
            continue
        equal = even and not (tight and (adapter.is_base or _wasteful(count, largest)))
        shares = _cut(count, largest, equal, rules.replicas(adapter.name))
        if adapter.is_base and not rules.binds(adapter.name) and (count == 1 or not equal):
            shares[-1:] = [shares[-1] / _BASE_PARTS] * _BASE_PARTS
        items += [_item(evaluator, bundle, share) for share in shares]
    return tuple(items), tuple(hopeless)


def _item(evaluator: Evaluator, bundle: Sequence[str], share: float) -> Item:
    adapters = tuple(evaluator.adapters[name] for name in bundle)
    return Item(adapters, share, (evaluator.classes.adapter_class(bundle[0]), share))


def _cut(count: int, largest: float, even: bool, replicas: int) -> list[float]:
    """Shares that sum to 1, none larger than what a GPU serves, and as few as possible."""
    if even or replicas > 1:
        count = max(count, replicas)
        return [1.0 / count] * count
    return [largest] * (count - 1) + [min(largest, 1.0 - largest * (count - 1))]


def _wasteful(count: int, largest: float) -> bool:
    """Whether equal parts leave much of several GPUs free."""
    return count > 2 and 1 - 1 / (count * largest) > _SLACK
