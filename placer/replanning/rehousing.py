"""Rehousing: items put on engines that go on, where as few others as possible make room."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import Item, by_decreasing_traffic
from placer.gpu.lockstep import Asking, run_together
from placer.moves.engines import KeptEngines
from placer.moves.giving_up import Relief, give_up_fewest
from placer.moves.placing import share_out
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.rules import Rules

__all__ = ["answering_first", "put", "rehouse"]

_MAX_MISSES = 3  # items in a row that do not fit, after which an engine counts as full
_HALVINGS = 2  # of shares of adapters that find no room
_MOST_SQUEEZED = 4  # items for which others make room
_MOST_ASKED = 8  # engines that are asked to make room, those that answer first


def rehouse(
    engines: KeptEngines, gpus: list[EvaluatedGpu], items: Sequence[Item], asked: int | None = None
) -> list[Item]:
    """Put items on engines as they are, where others make room if need be.

    Where a few items find no room, an engine that runs takes one and gives up others, as few as it
    takes, that find a place elsewhere. What has no place is returned.

    Parameters
    ----------
    engines : KeptEngines
    gpus : list of EvaluatedGpu
        Replaced by fuller ones.
    items : sequence of Item
        In the order in which they are placed.
    asked : int or None
        Engines that are asked, those that answer first; None for all.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    order = answering_first(gpus)[:asked]
    left = put(engines, gpus, items, order)
    if len(left) > _MOST_SQUEEZED:
        return left
    return [item for item in left if not _squeeze_in(engines, gpus, item, order)]


def put(
    engines: KeptEngines,
    gpus: list[EvaluatedGpu],
    items: Sequence[Item],
    order: Sequence[int] | None = None,
) -> list[Item]:
    """Put items on engines as they are; what has no place is returned.

    Shares of adapters are cut further where they find no room. Parameters and errors as for
    `rehouse`; the engines are asked in an order, by default those that answer first first.
    """
    order = answering_first(gpus) if order is None else order
    left = _share_out(engines, gpus, items, order)
    rules = engines.evaluator.problem.rules
    if all(item.share == 1 or rules.replicas(item.name) > 1 for item in left):
        return left
    pieces = left
    for _ in range(_HALVINGS):
        pieces = [half for item in pieces for half in _halves(item, rules)]
        fuller = list(gpus)
        if not _share_out(engines, fuller, pieces, order):
            gpus[:] = fuller
            return []
    return left


def _share_out(
    engines: KeptEngines, gpus: list[EvaluatedGpu], items: Sequence[Item], order: Sequence[int]
) -> list[Item]:
    return share_out(engines, gpus, items, order, at_once=1, guess=1, max_misses=_MAX_MISSES)


def _halves(item: Item, rules: Rules) -> list[Item]:
    """Halves of a share of an adapter, and what has to stay as it is itself."""
    if item.share == 1 or rules.replicas(item.name) > 1:
        return [item]
    return item.halves()


def answering_first(gpus: Sequence[EvaluatedGpu]) -> list[int]:
    """Positions of GPUs, those that answer first first."""
    return sorted(range(len(gpus)), key=lambda g: (gpus[g].estimate.ttft_mean, g))


def _squeeze_in(
    engines: KeptEngines, gpus: list[EvaluatedGpu], item: Item, order: Sequence[int]
) -> bool:
    """Put an item on an engine that others leave for it, and whether they find a place."""
    running = [g for g in order if gpus[g].plan.name]  # others are started for what they hold
    willing = [g for g in running if engines.wanted(gpus[g], [item])][:_MOST_ASKED]
    found = run_together(engines.evaluator, [_make_room(engines, gpus[g], item) for g in willing])
    reliefs = {g: relief for g, relief in zip(willing, found, strict=True) if relief is not None}
    for g in sorted(reliefs, key=lambda g: _disturbance(reliefs[g])):
        fuller = list(gpus)
        fuller[g] = reliefs[g].kept
        others = [other for other in order if other != g]
        if not put(engines, fuller, by_decreasing_traffic(reliefs[g].given), others):
            gpus[:] = fuller
            return True
    return False


def _make_room(engines: KeptEngines, gpu: EvaluatedGpu, item: Item) -> Asking[Relief | None]:
    """An engine with an item more, and what it gives up for that; None where nothing helps."""

    def ask(kept: Sequence[Item]) -> Asking[EvaluatedGpu | None]:
        return (yield from engines.change(gpu, [*kept, item]))

    return (yield from give_up_fewest(ask, by_decreasing_traffic(engines.held(gpu))))


def _disturbance(relief: Relief) -> tuple[int, float]:
    """Smaller for what disturbs fewer items, and those with less traffic."""
    return len(relief.given), sum(item.token_rate for item in relief.given)
