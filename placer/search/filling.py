"""Filling: packs a fleet GPU by GPU, or spreads the traffic over a number of GPUs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placer.gpu.items import Item, compatible, eligible, remaining
from placer.gpu.packing import Packer
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.dealing import deal_one_by_one
from placer.search.search import Search

__all__ = [
    "Fill",
    "Filled",
    "choose_types",
    "pack_fleet",
    "place_by_packing",
    "spread_evenly",
    "spread_fleet",
]

Filled = tuple[Sequence[Item], EvaluatedGpu | None]
Fill = Callable[[GpuType, Sequence[Item]], Filled]
"""Fills one empty GPU of a type from items in order: those it holds, and the evaluated GPU."""

Order = Callable[[Sequence[Item]], Sequence[Item]]


def place_by_packing(search: Search, packer: Packer, order: Order, fill: Fill) -> None:
    """Offer the placements of a heuristic: packed, and spread over as many GPUs as there may be.

    Packing is right where GPUs cost, spreading where traffic does; the search keeps what the
    objective prefers. The traffic is also spread over as many GPUs as packing needs: of two
    placements of equal value the one further from starvation is the better one.

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
    gpus, left = pack_fleet(search, packer, order(search.items()), fill)
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


def pack_fleet(
    search: Search,
    packer: Packer,
    items: Sequence[Item],
    fill: Fill,
    beside: Sequence[EvaluatedGpu] = (),
) -> tuple[list[EvaluatedGpu], list[Item]]:
    """Fill GPUs one after the other until no item is left or no GPU.

    Of several GPU types, each next GPU is of the one that costs least for the traffic it takes.
    What is packed so far is offered to the search after every GPU.

    Parameters
    ----------
    search : Search
    packer : Packer
    items : sequence of Item
        In the order in which they are placed.
    fill : callable
        How one GPU is filled.
    beside : sequence of EvaluatedGpu
        GPUs that are in use already.

    Returns
    -------
    list of EvaluatedGpu
        The GPUs, those that were in use first.
    list of Item
        What found no place.
    """
    problem = search.problem
    gpus = list(beside)
    left = _choosy_first(problem, items)
    while left:
        types = problem.available([gpu.plan.profile_name for gpu in gpus])
        takers = {t.profile.name: eligible(problem, t, left) for t in types}
        # Items that fewer types take than others do come first: they have no other place.
        choosy = {name: taken[0] is left[0] for name, taken in takers.items() if taken}
        best: tuple[tuple[bool, tuple[float, ...]], Sequence[Item], EvaluatedGpu] | None = None
        for gpu_type in types:
            candidates = takers[gpu_type.profile.name]
            if not candidates:
                continue
            taken, gpu = fill(gpu_type, compatible(problem, candidates))
            if gpu is None:
                continue
            tokens = sum(item.token_rate for item in taken)
            price = tuple(cost / tokens for cost in gpu.cost)
            key = not choosy[gpu_type.profile.name], price
            if best is None or key < best[0]:
                best = key, taken, gpu
        if best is None:
            break
        _, taken, gpu = best
        gpus.append(packer.refine(gpu))
        left = remaining(left, taken)
        search.offer(gpus)
    return gpus, left


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

    contents = deal_one_by_one(problem, _choosy_first(problem, items), types, least_loaded)
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


def _choosy_first(problem: Problem, items: Sequence[Item]) -> list[Item]:
    """Items that few GPU types take before the others, else in the same order."""
    if len(problem.fleet) == 1:
        return list(items)
    return sorted(items, key=lambda item: len(_takers(problem, item)))


def _takers(problem: Problem, item: Item) -> list[GpuType]:
    """GPU types that may hold an item."""
    return [t for t in problem.fleet if not problem.refusals(t, item.adapters)]


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
