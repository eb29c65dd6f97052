"""Squeezing: puts items on GPUs that are nearly full already, by moves and swaps among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, items_of
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.asked_contents import AskedContents
from placer.search.exchanges import Exchanges
from placer.search.search import Search

__all__ = ["do_with", "squeeze_in"]

_STEPS = 300  # moves and swaps before the estimator is asked
_HOPELESS = 0.06  # of a GPU beyond its room, that is not worth an estimate
_SPARE = 1.01  # room that is looked for, over what is needed, where weights are rough
_ROUGH = 16, 0.004  # times that the estimator may reject some GPUs; what their room is lessened by
_FINE = 30, 0.003  # the same where edges were probed


def squeeze_in(
    search: Search, packer: Packer, gpus: Sequence[EvaluatedGpu], items: Sequence[Item]
) -> list[EvaluatedGpu] | None:
    """GPUs with further items, all admissible; None where that was not found.

    What is too much is exchanged by measured weights alone (`placer.search.exchanges.Exchanges`),
    then the estimator is asked for the GPUs that changed. Those that it rejects have a little less
    room from then on, those that it accepts as much as they hold. It ends where all GPUs together
    have no room for everything.

    Parameters
    ----------
    search : Search
    packer : Packer
    gpus : sequence of EvaluatedGpu
        All admissible.
    items : sequence of Item
        On none of them.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if not gpus:
        return None
    held = [items_of(search.evaluator, gpu.plan) for gpu in gpus]
    everything = [*(item for content in held for item in content), *items]
    owner = np.full(len(everything), -1)
    sizes = [len(content) for content in held]
    owner[: sum(sizes)] = np.repeat(np.arange(len(gpus)), sizes)
    table = WeightTable(search.envelope, everything)
    names = [gpu.plan.profile_name for gpu in gpus]
    state = Exchanges(search.problem, table, names, owner)
    state.room = np.maximum(state.room, state.used())
    asked = AskedContents(packer, everything, gpus, state.contents())
    if not state.put_all():
        return None
    rounds, lessened = _FINE if search.envelope.probed else _ROUGH
    if not search.envelope.probed:
        state.room = np.maximum(state.room, _SPARE * float(state.used().mean()))
    for _ in range(rounds):
        if state.used().sum() > state.room.sum() or state.room.min() > 1 + _HOPELESS:
            return None
        if state.relieve(_STEPS) > _HOPELESS:
            return None
        found, rejected = asked.ask(state.contents())
        if not rejected.any():
            return found
        used = state.used()
        less = np.minimum(state.room, used) - lessened
        state.room = np.where(rejected, less, np.maximum(state.room, used))
    return None


def do_with(
    search: Search, packer: Packer, gpus: Sequence[EvaluatedGpu], number: int
) -> list[EvaluatedGpu] | None:
    """So many GPUs that hold what there is on more of them; None where that was not found.

    The least used ones are emptied, one after the other. Parameters and errors are those of
    `squeeze_in`.
    """
    kept = list(gpus)
    while len(kept) > number:
        used = search.envelope.utilizations(kept)
        victim = kept.pop(int(np.argmin(used)))
        squeezed = squeeze_in(search, packer, kept, items_of(search.evaluator, victim.plan))
        if squeezed is None:
            return None
        kept = squeezed
    return kept
