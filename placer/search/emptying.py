"""Emptying: does with fewer GPUs, where the others take what the least used ones hold."""

from __future__ import annotations

import numpy as np

from placer.gpu.packing import Packer
from placer.moves.engines import FreeEngines
from placer.moves.inserting import insert_items
from placer.search.search import Search

__all__ = ["empty_gpus"]

_VICTIMS = 3  # GPUs in a row of which none could be emptied, after which it ends


def empty_gpus(search: Search) -> bool:
    """Empty the least used GPUs of the incumbent, one after the other; whether any was emptied.

    What a GPU holds is dealt to all others that have room, and these are asked for together. So
    this takes a few estimates for each GPU and not much time, however many there are, but what
    the others hold stays where it is.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    engines = FreeEngines(Packer(search.evaluator))
    gpus = list(search.gpus)
    used = search.envelope.utilizations(gpus)
    victims = [gpus[g] for g in np.argsort(used, kind="stable").tolist()]
    improved, failures = False, 0
    for victim in victims:
        if failures == _VICTIMS or len(gpus) < 2 or search.unplaced:
            break
        others = [gpu for gpu in gpus if gpu is not victim]
        if len(others) == len(gpus):  # it has taken something from another one in the meantime
            continue
        if insert_items(search.envelope, engines, others, engines.held(victim)):
            failures += 1
        elif search.offer(others):
            gpus, improved, failures = others, True, 0
        else:
            failures += 1
    return improved
