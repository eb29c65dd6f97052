"""Filling: offers placements that are packed, or spread over a number of GPUs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placer.gpu.items import Item
from placer.gpu.packing import Packer
from placer.moves.opening import Fill, choosy_first, pack_fleet
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.dealing import deal_one_by_one
from placer.search.search import Search

__all__ = [
    "choose_types",
    "place_by_packing",
    "spread_evenly",
    "spread_fleet",
]

Order = Callable[[Sequence[Item]], Sequence[Item]]


def place_by_packing(search: Search, packer: Packer, order: Order, fill: Fill) -> None:
    """Offer the placements of a heuristic: packed, and spread over as many GPUs as there may be.

    Packing is right where GPUs cost, spreading where traffic does; the search keeps what the
    objective prefers. The traffic is also spread over as many GPUs as packing needs: of two
    placements of equal value the one further from starvation is the better one. Packing ends where
    it cannot get better than what is known.

    Parameters
    ----------
    search : Search
    packer : Packer
    order : callable
        Order in which items are placed.
    fill : callable
        How one GPU is filled.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    items = order(search.items())
    gpus, left = pack_fleet(packer, items, fill, offer=search.offer, in_vain=search.in_vain)
    spread_evenly(search, packer, order, 0 if left else len(gpus))


def spread_evenly(search: Search, packer: Packer, order: Order, count: int) -> None:
    """Offer the placements with the traffic spread over a number of GPUs, and over all there are.

    Parameters
    ----------
    search : Search
    packer : Packer
    order : callable
        Order in which items are placed.
    count : int
        Number of GPUs; 0 for none but all there are, where that is limited.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    even = search.items(even=True)
    limit = search.problem.gpu_limit
    counts = {count} if limit is None else {count, min(limit, len(even))}
    for number in sorted(counts - {0}):
        spread = spread_fleet(search, packer, order(even), number)
        if spread is not None:
            search.offer(spread)


def spread_fleet(
    search: Search, packer: Packer, items: Sequence[Item], count: int
) -> list[EvaluatedGpu] | None:
    """Put each item on the GPU that has the least traffic so far, and find the engines.

    This is the paper's latency variant (arXiv 2602.24044, "ProposedLat").

    Parameters
    ----------
    search : Search
    packer : Packer
    items : sequence of Item
        In the order in which they are placed.
    count : int
        Number of GPUs; of several types, each next one of that with the most traffic for each GPU.

    Returns
    -------
    list of EvaluatedGpu or None
        The GPUs that got something; None where one of them would not be admissible.
    """
    problem = search.problem
    types = choose_types(problem, items, count)
    tokens = [0.0] * len(types)

    def least_loaded(item: Item, targets: Sequence[int]) -> int:
        target = min(targets, key=lambda g: tokens[g])
        tokens[target] += item.token_rate
        return target

    contents = deal_one_by_one(problem, choosy_first(problem, items), types, least_loaded)
    if contents is None:
        return None
    gpus = []
    for gpu_type, content in zip(types, contents, strict=True):
        if content:
            gpu = packer.fit(gpu_type, content)
            if gpu is None:
                return None
            gpus.append(gpu)
    return [packer.refine(gpu) for gpu in gpus]


def choose_types(problem: Problem, items: Sequence[Item], count: int) -> list[GpuType]:
    """Types of a number of GPUs, each next one of that with the most traffic for each GPU.

    Fewer where the fleet has no more.
    """
    types: list[GpuType] = []
    while len(types) < count:
        free = problem.available([gpu_type.profile.name for gpu_type in types])
        if not free:
            break
        types.append(_neediest(problem, free, types, items))
    return types


def _neediest(
    problem: Problem, free: Sequence[GpuType], types: Sequence[GpuType], items: Sequence[Item]
) -> GpuType:
    """The type with the most traffic for each GPU, where items go to the first free type."""
    traffic = {gpu_type.profile.name: 0.0 for gpu_type in free}
    for item in items:
        takers = [t for t in free if not problem.refusals(t, item.adapters)]
        if takers:
            traffic[takers[0].profile.name] += item.token_rate
    names = [gpu_type.profile.name for gpu_type in types]
    return max(free, key=lambda t: traffic[t.profile.name] / (1 + names.count(t.profile.name)))
