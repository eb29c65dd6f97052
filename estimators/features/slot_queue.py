"""Waiting for an adapter slot: what happens with more adapters at work than slots.

An adapter without a slot waits until one is free and its first request is the oldest that waits.
All its waiting requests come in then, and it keeps the slot as long as any request of it runs.
With a rate r, a residence of H seconds for each request, a wait of W seconds and y = r H, the
visit begins with 1 + r W requests and lasts about

    V = H ((exp(y) - 1) / y + c log(1 + r W)),

the busy period of a queue with a server for each request, and the time by which the longest of
several requests outlasts the mean, with c the coefficient of variation of the output tokens. The
adapter holds a slot for the share V / (1 / r + W + V) of the time. W is such that these shares add
up to the slots.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["SlotQueue", "slot_queue"]

FloatArray = NDArray[np.float64]

_STEPS = 4  # of Newton's method in log W
_LONGEST_STEP = 3.0
_SHORTEST, _LONGEST = 0.02, 18_000.0  # seconds of waiting that are looked at
_ENDLESS = 30.0  # exponent beyond which a visit does not end


class SlotQueue(NamedTuple):
    """How long adapters wait for a slot.

    Parameters
    ----------
    wait : float
        Seconds that an adapter waits.
    delay : float
        Mean over all requests, in seconds.
    served_share : float
        Share of the requests of the window that get a slot.
    visits : float
        Adapters/s that get a slot.
    """

    wait: float
    delay: float
    served_share: float
    visits: float


@compiled
def slot_queue(
    rates: FloatArray,
    counts: FloatArray,
    visits: FloatArray,
    slots: float,
    residence: float,
    spread: float,
    window: float,
    guess: float,
) -> SlotQueue:
    """Wait of the adapters of an engine.

    Parameters
    ----------
    rates, counts : ndarray of shape (n,)
        Classes of adapters: rate of each in requests/s, and how many there are.
    visits : ndarray of shape (n,)
        Room for intermediate results.
    slots : float
        Fewer than adapters that would have a request running.
    residence : float
        Seconds from a request's admission to its last token.
    spread : float
        Coefficient of variation of the output tokens.
    window : float
        Seconds that are looked at.
    guess : float
        A wait to begin with, in seconds.
    """
    total = 0.0
    for k in range(rates.size):
        y = min(_ENDLESS, rates[k] * residence)
        visits[k] = min(window, residence * (math.exp(y) - 1.0) / y)
        total += counts[k] * rates[k]
    longer = residence * spread
    wait = guess
    for _ in range(_STEPS):
        excess, slope = -slots, 0.0
        for k in range(rates.size):
            rate = rates[k]
            begun = 1.0 + rate * wait
            visit = visits[k] + longer * math.log(begun)
            cycle = begun / rate + visit
            excess += counts[k] * visit / cycle
            growth = longer * rate / begun
            slope += counts[k] * (growth * begun / rate - visit) / (cycle * cycle)
        step = -excess / min(-1e-12, slope * wait)
        wait *= math.exp(max(-_LONGEST_STEP, min(_LONGEST_STEP, step)))
        wait = max(_SHORTEST, min(_LONGEST, wait))
    delay, lost, begun_visits = 0.0, 0.0, 0.0
    seen = min(wait, window)
    for k in range(rates.size):
        rate = rates[k]
        visit = visits[k] + longer * math.log(1.0 + rate * wait)
        cycle = 1 / rate + wait + visit
        begun_visits += counts[k] / cycle
        weight = counts[k] * rate
        delay += weight * (seen + rate * seen * seen / 2) / (1 + rate * (seen + visit))
        lost += weight * wait / cycle * min(1.0, (1 / rate + wait / 2) / window)
    return SlotQueue(wait, delay / total, 1 - lost / total, begun_visits)
