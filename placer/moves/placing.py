"""Placing: items offered to many GPUs, which are asked for together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from placer.gpu.items import Item, remaining
from placer.gpu.lockstep import run_together
from placer.moves.engines import Engines
from placer.moves.taking import take
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["offer_items", "share_out"]

_ASKED_FIRST = 6  # GPUs at least that are asked
_WORTHWHILE = 0.25  # of the GPUs that are asked, that take all they are offered, to go on asking


def offer_items(
    engines: Engines,
    gpus: list[EvaluatedGpu],
    offers: Mapping[int, Sequence[Item]],
    max_misses: int = 1,
    guess: int | None = None,
) -> dict[int, tuple[list[Item], bool]]:
    """Let GPUs take what they can of what they are offered.

    Parameters
    ----------
    engines : Engines
        How engines are started then.
    gpus : list of EvaluatedGpu
        Replaced by fuller ones.
    offers : mapping of int to sequence of Item
        Items, in order, by positions of GPUs.
    max_misses : int
        A GPU counts as full after this many items in a row that do not fit.
    guess : int or None
        Number of items to try first; None for all.

    Returns
    -------
    dict of int to (list of Item, bool)
        What each takes, and whether that is all; of the GPUs that may take anything.
    """
    wanted = {g: engines.wanted(gpus[g], items) for g, items in offers.items()}
    asked = [g for g, items in wanted.items() if items]
    searches = [
        take(
            engines.evaluator,
            partial(engines.change, gpus[g]),
            engines.held(gpus[g]),
            wanted[g],
            guess,
            max_misses,
        )
        for g in asked
    ]
    answers = {}
    for g, (taken, fuller) in zip(asked, run_together(engines.evaluator, searches), strict=True):
        gpus[g] = gpus[g] if fuller is None else fuller
        answers[g] = taken, len(taken) == len(wanted[g])
    return answers


def share_out(
    engines: Engines,
    gpus: list[EvaluatedGpu],
    items: Sequence[Item],
    order: Sequence[int],
    *,
    at_once: int | None = None,
    max_misses: int = 1,
    guess: int | None = None,
    patient: bool = True,
) -> list[Item]:
    """Deal items to GPUs, and what these do not take to others, until none has room.

    Parameters
    ----------
    engines : Engines
        How engines are started then.
    gpus : list of EvaluatedGpu
        Replaced by fuller ones.
    items : sequence of Item
        Dealt in this order, as many to each GPU.
    order : sequence of int
        Positions of the GPUs that are asked, in turn. One that takes all that it is offered is
        asked again.
    at_once : int or None
        GPUs among which items are dealt at a time; None for as many as there are items.
    max_misses, guess
        See `offer_items`.
    patient : bool
        Ask all of them, and not only as long as some take all that they are offered.

    Returns
    -------
    list of Item
        What nobody takes.
    """
    left, queue = list(items), list(order)
    num_asked = num_open = 0
    while left and queue:
        number = len(left) if at_once is None else at_once
        asked, queue = queue[:number], queue[number:]
        offers = {g: left[k :: len(asked)] for k, g in enumerate(asked)}
        answers = offer_items(engines, gpus, offers, max_misses, guess)
        left = remaining(left, [item for taken, _ in answers.values() for item in taken])
        still_open = [g for g, (_, everything) in answers.items() if everything]
        num_asked += len(asked)
        num_open += len(still_open)
        if not patient and num_asked >= _ASKED_FIRST and num_open < _WORTHWHILE * num_asked:
            queue = []
        queue = [*still_open, *queue]
    return left
