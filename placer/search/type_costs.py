"""What a GPU of each type costs, about, by an objective of which nothing else is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from placer.gpu.items import Item, eligible
from placer.gpu.packing import Packer
from placer.search.search import Search

__all__ = ["type_costs"]

_LEAST = 1e-9


def type_costs(search: Search, packer: Packer, items: Sequence[Item]) -> dict[str, float]:
    """Mean cost, in its first component, of the GPUs of each type known to be admissible.

    Of types without any, that of a GPU with a single item. Positive: a GPU that costs nothing is
    still one more.

    Parameters
    ----------
    search : Search
    packer : Packer
    items : sequence of Item

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    known: dict[str, list[float]] = defaultdict(list)
    for gpu in search.evaluator.admissible_gpus:
        known[gpu.plan.profile_name].append(gpu.cost[0])
    costs = {}
    for gpu_type in search.problem.fleet:
        name = gpu_type.profile.name
        if name not in known:
            takers = eligible(search.problem, gpu_type, items)
            alone = packer.fit(gpu_type, takers[:1]) if takers else None
            if alone is not None:
                known[name].append(alone.cost[0])
        costs[name] = max(_LEAST, sum(known[name]) / len(known[name])) if known[name] else 1.0
    return costs
