"""Easing: single adapters that go where they cost less, as long as that is worth a move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from placer.gpu.items import Item, by_decreasing_traffic
from placer.gpu.lockstep import Asking, run_together
from placer.moves.engines import KeptEngines
from placer.objectives.objective import is_continuous
from placer.problem.planned_gpu import EvaluatedGpu
from placer.replanning.offering import offer
from placer.search.search import Search

__all__ = ["ease"]

_MOST_STEPS = 32
_GIVERS, _TAKERS = 2, 2  # GPUs that cost most, and that answer first
_MOST_TRIED = 8  # adapters of a GPU, most of them among the largest


def ease(search: Search) -> None:
    """Move single adapters of the incumbent as long as the objective gains from it.

    Engines that run go on as they are, and others keep what they have. Only for objectives that
    change a little with every adapter; of the others all that a single move can gain is a GPU,
    which is closed by other means.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if search.unplaced or not is_continuous(search.evaluator.objective):
        return
    engines = KeptEngines(search.evaluator)
    for _ in range(_MOST_STEPS):
        gpus = search.gpus
        moves = list(_moves(engines, gpus))
        found = run_together(engines.evaluator, [_moved(engines, gpus, *move) for move in moves])
        better = False
        for changed in found:
            if changed is not None:
                better |= offer(search, changed)
        if not better:
            return


def _moves(engines: KeptEngines, gpus: Sequence[EvaluatedGpu]) -> Iterator[tuple[Item, int, int]]:
    """Adapters, with the engine that runs and gives each and one that takes it."""
    positions = [g for g, gpu in enumerate(gpus) if gpu.plan.name]
    givers = sorted(positions, key=lambda g: (-gpus[g].cost[0], g))[:_GIVERS]
    takers = sorted(positions, key=lambda g: (gpus[g].estimate.ttft_mean, g))[:_TAKERS]
    for giver in givers:
        held = by_decreasing_traffic(engines.held(gpus[giver]))
        spread = np.unique(np.geomspace(1, len(held), _MOST_TRIED).round().astype(int)) - 1
        for item in [held[i] for i in spread] if len(held) > 1 else []:
            for taker in takers:
                if taker != giver and engines.wanted(gpus[taker], [item]):
                    yield item, giver, taker


def _moved(
    engines: KeptEngines, gpus: Sequence[EvaluatedGpu], item: Item, giver: int, taker: int
) -> Asking[list[EvaluatedGpu] | None]:
    """The GPUs after a move; None where one of the two is not admissible."""
    left = [other for other in engines.held(gpus[giver]) if other.name != item.name]
    without = yield from engines.change(gpus[giver], left)
    fuller = yield from engines.change(gpus[taker], [*engines.held(gpus[taker]), item])
    if without is None or fuller is None:
        return None
    changed = list(gpus)
    changed[giver], changed[taker] = without, fuller
    return changed
