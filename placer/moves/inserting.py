"""Inserting: items dealt to the GPUs that have room for them by measured weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.envelope import Engine, Envelope
from placer.bounds.weight_table import WeightTable
from placer.gpu.items import Item, by_decreasing_traffic, remaining
from placer.moves.engines import Engines
from placer.moves.placing import offer_items
from placer.problem.planned_gpu import EvaluatedGpu
from twin.workload.rank import BASE

__all__ = ["insert_items"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TURNS = 5  # GPUs on which a place is looked for
_FULLEST = 1.02  # sum of weights up to which a GPU is asked
_REJECTED = 0.5  # factor on the room of a GPU that did not take all it was asked for


def insert_items(
    envelope: Envelope, engines: Engines, gpus: list[EvaluatedGpu], items: Sequence[Item]
) -> list[Item]:
    """Put items on GPUs that have room by measured weights; those without a place are returned.

    They are dealt to the GPUs, the largest first, each to the one with most room, and every GPU
    takes the smallest of its items as far as they fit; what is left over is dealt again. First to
    GPUs whose engines have just the rank that is needed, since those with a larger one serve less;
    in later turns to any. It takes a few batches of estimates however many GPUs there are.

    Parameters
    ----------
    envelope : Envelope
    engines : Engines
        How engines are started then.
    gpus : list of EvaluatedGpu
        Replaced by fuller ones.
    items : sequence of Item

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    if not gpus or not items:
        return list(items)
    left = by_decreasing_traffic(items)
    table = WeightTable(envelope, left)
    number = {id(item): i for i, item in enumerate(left)}
    rules = engines.evaluator.problem.rules
    ranks = np.array([rules.engine_rank(item.rank) for item in left])
    room = _FULLEST - envelope.utilizations(gpus)
    for turn in range(_TURNS):
        weights = _weights(table, ranks, gpus, exact=turn == 0)
        dealt = _deal(weights, [number[id(item)] for item in left], room.copy())
        offers = {g: [table.items[i] for i in reversed(chosen)] for g, chosen in dealt.items()}
        answers = offer_items(engines, gpus, offers)
        for g, (taken, everything) in answers.items():
            if taken:
                room[g] = _FULLEST - envelope.utilization(gpus[g])
            if not everything:
                room[g] *= _REJECTED
        left = remaining(left, [item for taken, _ in answers.values() for item in taken])
        if not left or (turn and not answers):
            break
    return left


def _weights(
    table: WeightTable, ranks: IntArray, gpus: Sequence[EvaluatedGpu], *, exact: bool
) -> FloatArray:
    """What each item weighs on each GPU, (g, n), infinite where it may not be on it.

    An engine may have to be started with the item's rank, unless it has to have exactly that. Any
    engine serves the base model.
    """
    rows: dict[Engine, FloatArray] = {}
    kinds = [(gpu.plan.profile_name, gpu.plan.config.max_lora_rank) for gpu in gpus]
    for name, own in dict.fromkeys(kinds):
        rows[name, own] = np.full(len(ranks), np.inf)
        for rank in np.unique(ranks).tolist():
            figures = table.figures.get((name, max(own, rank)))
            if figures is not None and (rank in (own, BASE) or not exact):
                rows[name, own][ranks == rank] = figures[ranks == rank, 1]
    return np.array([rows[kind] for kind in kinds])


def _deal(weights: FloatArray, numbers: Sequence[int], room: FloatArray) -> dict[int, list[int]]:
    """Numbers of the items that some of the GPUs are asked to take, by their positions."""
    dealt: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        spare = room - weights[:, number]
        target = int(np.argmax(spare))
        if spare[target] > 0:
            dealt[target].append(number)
            room[target] = spare[target]
    return dealt
