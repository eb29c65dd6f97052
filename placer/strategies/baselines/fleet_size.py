"""How many GPUs a method gets that does not say how many it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from placer.gpu.bracket import Bracket
from placer.gpu.items import Item, shares_of
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.dealing import takers
from placer.search.filling import choose_types
from placer.search.search import Search
from twin.workload.rank import BASE

__all__ = ["Assign", "for_adapters", "place_on_fleets", "publish_on_fleet"]

Assign = Callable[[Sequence[GpuType]], list[list[Item]] | None]
"""What each GPU of a fleet gets of the adapters; None where the method has no placement on it."""

_MOST_PER_ITEM = 4  # GPUs for each item, beyond which a method counts as hopeless


def for_adapters(items: Iterable[Item]) -> list[Item]:
    """Items without requests for base models, which these methods do not place."""
    return [item for item in items if item.rank != BASE]


def place_on_fleets(
    search: Search,
    items: Sequence[Item],
    assign: Assign,
    slots: str,
    own_number: int | None = None,
) -> None:
    """Offer a method's placement on the smallest number of GPUs for which it is admissible.

    From the lower bound, or the number that the method asks for, the number of GPUs grows in steps
    that double until the estimator finds all GPUs admissible, and is then halved in between. (A
    method need not get better with every GPU, so a smaller number may have been passed over.)
    Where there are too few GPUs, the placement on all of them is published as it is.

    Requests for base models go to all GPUs of the model, in equal shares.

    Parameters
    ----------
    search : Search
    items : sequence of Item
        What is placed, base models among it; says how many GPUs of each type there are.
    assign : callable
        The method.
    slots : str
        ``max_loras`` of a GPU: ``"all"`` of its adapters, as the published methods; a ``"third"``
        of them; or the ``"best"`` number, by the estimator.
    own_number : int, optional
        GPUs that the method asks for.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if not items:
        return
    limit = _limit(search, items)
    bound = max(relaxation.min_gpus for relaxation in search.relaxations())
    first = min(own_number or bound, limit)
    packer, last = Packer(search.evaluator), None
    bracket = Bracket(first - 1, limit + 1, first, step=2)
    for number in bracket:
        found = _on_fleet(search, packer, items, assign, slots, number)
        if found is not None and _all_admissible(found):
            search.offer(found)
            bracket.high = number
        else:
            last = found or last
            bracket.low = number
    if bracket.high > limit and last is not None:
        search.publish(last)


def publish_on_fleet(
    search: Search, items: Sequence[Item], assign: Assign, slots: str, number: int
) -> None:
    """Publish a method's placement on so many GPUs as it is, admissible or not.

    See `place_on_fleets` for the other parameters.
    """
    if not items:
        return
    number = min(number, _limit(search, items))
    found = _on_fleet(search, Packer(search.evaluator), items, assign, slots, number)
    if found is not None and _all_admissible(found):
        search.offer(found)
    elif found is not None:
        search.publish(found)


def _limit(search: Search, items: Sequence[Item]) -> int:
    """GPUs that there may be, or that are enough for any method that is not hopeless."""
    return search.problem.gpu_limit or _MOST_PER_ITEM * len(items)


def _on_fleet(
    search: Search,
    packer: Packer,
    items: Sequence[Item],
    assign: Assign,
    slots: str,
    number: int,
) -> list[EvaluatedGpu] | None:
    """A method's placement on a number of GPUs; None where it has none."""
    types = choose_types(search.problem, items, number)
    contents = assign(types)
    if contents is None or not _spread_base(search.problem, items, types, contents):
        return None
    return [
        _engine(packer, gpu_type, content, slots)
        for gpu_type, content in zip(types, contents, strict=True)
        if content
    ]


def _spread_base(
    problem: Problem,
    items: Iterable[Item],
    types: Sequence[GpuType],
    contents: Sequence[list[Item]],
) -> bool:
    """Add the requests for base models among some items; False where no GPU may serve them."""
    for item in {item.name: item for item in items if item.rank == BASE}.values():
        targets = takers(problem, item, types, contents)
        if not targets:
            return False
        for g in targets:
            contents[g].append(item.with_share(1 / len(targets)))
    return True


def _all_admissible(gpus: Sequence[EvaluatedGpu]) -> bool:
    return all(gpu.admissible for gpu in gpus)


def _engine(
    packer: Packer, gpu_type: GpuType, content: Sequence[Item], slots: str
) -> EvaluatedGpu:
    """One GPU with some items."""
    if slots == "best":
        gpu = packer.fit(gpu_type, content)
        if gpu is not None:
            return gpu
    shares = shares_of(content)
    number = packer.evaluator.num_adapters(shares)
    number = -(-number // 3) if slots == "third" else number
    plan = packer.evaluator.plan(gpu_type, number, shares)
    return packer.evaluator.evaluate([plan])[0]
