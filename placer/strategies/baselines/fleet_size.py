"""How many GPUs a method gets that does not say how many it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placer.gpu.items import Item, shares_of
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.filling import choose_types
from placer.search.search import Search

__all__ = ["Assign", "place_on_fleets"]

Assign = Callable[[Sequence[GpuType]], list[list[Item]] | None]
"""What each GPU of a fleet gets; None where the method has no placement on it."""

_MOST_PER_ITEM = 4  # GPUs for each item, beyond which a method counts as hopeless


def place_on_fleets(
    search: Search,
    items: Sequence[Item],
    assign: Assign,
    slots: str,
    own_number: int | None = None,
    *,
    admissible: bool = True,
) -> None:
    """Offer a method's placement on the smallest number of GPUs for which it is admissible.

    From the lower bound, or the number that the method asks for, the number of GPUs grows in steps
    that double until the estimator finds all GPUs admissible, and is then halved in between. (A
    method need not get better with every GPU, so a smaller number may have been passed over.)
    Where there are too few GPUs, the placement on all of them is published as it is.

    Parameters
    ----------
    search : Search
    items : sequence of Item
        What is placed; says how many GPUs of each type there are.
    assign : callable
        The method.
    slots : str
        ``max_loras`` of a GPU: ``"all"`` of its adapters, as the published methods; a ``"third"``
        of them; or the ``"best"`` number, by the estimator.
    own_number : int, optional
        GPUs that the method asks for.
    admissible : bool
        False: publish the placement on the number that the method asks for, admissible or not.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if not items:
        return
    packer = Packer(search.evaluator)
    limit = search.problem.gpu_limit or _MOST_PER_ITEM * len(items)

    def attempt(number: int) -> list[EvaluatedGpu] | None:
        types = choose_types(search.problem, items, number)
        contents = assign(types)
        if contents is None:
            return None
        return [
            _engine(search, packer, gpu_type, content, slots)
            for gpu_type, content in zip(types, contents, strict=True)
            if content
        ]

    bound = max(relaxation.min_gpus for relaxation in search.relaxations())
    low, step = (own_number or bound) - 1, 1
    low = min(low, limit - 1)
    last = None
    while True:
        number = min(low + step, limit)
        found = attempt(number)
        last = found or last
        if not admissible or (found is not None and _all_admissible(found)) or number == limit:
            break
        low, step = number, 2 * step
    if found is None or not _all_admissible(found):
        if last is not None:
            search.publish(last)
        return
    search.offer(found)
    high = number
    while high - low > 1:
        middle = (low + high) // 2
        found = attempt(middle)
        if found is not None and _all_admissible(found):
            high = middle
            search.offer(found)
        else:
            low = middle


def _all_admissible(gpus: Sequence[EvaluatedGpu]) -> bool:
    return all(gpu.admissible for gpu in gpus)


def _engine(
    search: Search, packer: Packer, gpu_type: GpuType, content: Sequence[Item], slots: str
) -> EvaluatedGpu:
    """One GPU with some items."""
    if slots == "best":
        gpu = packer.fit(gpu_type, content)
        if gpu is not None:
            return gpu
    shares = shares_of(content)
    number = -(-len(shares) // 3) if slots == "third" else len(shares)
    plan = search.evaluator.plan(gpu_type, number, shares)
    return search.evaluator.evaluate([plan])[0]
