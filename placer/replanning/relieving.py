"""Relieving: what engines that would starve give up, so that few adapters move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from placer.gpu.items import Item, by_decreasing_traffic
from placer.gpu.lockstep import Asking, run_together
from placer.moves.engines import KeptEngines
from placer.moves.giving_up import Relief, give_up_fewest, give_up_part
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Reliefs", "relieve"]

Reliefs = dict[int, Relief]
"""What engines keep and give up, by their positions."""

_MOST_MORE = 3  # adapters that an engine gives up beyond the fewest


def relieve(
    engines: KeptEngines,
    gpus: Sequence[EvaluatedGpu],
    place: Callable[[Reliefs], set[str]],
) -> Reliefs:
    """Relieve all engines that are not admissible, with few moves.

    Each gives up as few adapters as it takes. Where they find no place, a share of its largest
    one is tried; and where this finds none either, up to three adapters more, which are smaller.

    Parameters
    ----------
    engines : KeptEngines
    gpus : sequence of EvaluatedGpu
    place : callable
        Tries to find a place for what engines give up, and returns the names of adapters for which
        there is none.

    Returns
    -------
    dict of int to Relief
        Of those tried, the first one that leaves nothing without a place, or the one with the
        fewest adapters. Engines that serve nothing of what they hold are not in it.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    failing = [g for g, gpu in enumerate(gpus) if not gpu.admissible]
    fewest = _fewest(engines, gpus, failing)
    left = place(fewest)
    coarse = [g for g, relief in fewest.items() if _names(relief) & left]
    if not coarse:
        return fewest
    split = {**fewest, **_split(engines, gpus, coarse)}
    if not place(split):
        return split
    most = dict(fewest)
    for more in range(1, _MOST_MORE + 1):
        most |= _fewest(engines, gpus, coarse, more)
        if not place(most):
            return most
    return fewest


def _fewest(
    engines: KeptEngines, gpus: Sequence[EvaluatedGpu], positions: Sequence[int], more: int = 0
) -> Reliefs:
    """The fewest adapters that engines can give up, and some more of each."""
    searches = [
        give_up_fewest(partial(engines.change, gpus[g]), _ordered(engines, gpus[g]), more)
        for g in positions
    ]
    return _found(engines, positions, searches)


def _split(
    engines: KeptEngines, gpus: Sequence[EvaluatedGpu], positions: Sequence[int]
) -> Reliefs:
    """Shares of their largest adapters that engines can give up, where the rules allow that."""
    rules = engines.evaluator.problem.rules
    ordered = {g: _ordered(engines, gpus[g]) for g in positions}
    free = [
        g
        for g, items in ordered.items()
        if all(rules.replicas(adapter.name) == 1 for adapter in items[0].adapters)
    ]
    searches = [give_up_part(partial(engines.change, gpus[g]), ordered[g]) for g in free]
    return _found(engines, free, searches)


def _found(
    engines: KeptEngines, positions: Sequence[int], searches: Sequence[Asking[Relief | None]]
) -> Reliefs:
    found = zip(positions, run_together(engines.evaluator, searches), strict=True)
    return {g: relief for g, relief in found if relief is not None}


def _ordered(engines: KeptEngines, gpu: EvaluatedGpu) -> list[Item]:
    return by_decreasing_traffic(engines.held(gpu))


def _names(relief: Relief) -> set[str]:
    return {adapter.name for item in relief.given for adapter in item.adapters}
