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

At first all slots are free, and go to the adapters whose requests come first: a race, in which
the share 1 - exp(-r T) of the adapters of a rate r get one, with T such that as many do as there
are slots. They keep it for a visit that begins with one request. Where that takes a large part of
the window, who is served is who came first, and only for the rest of it the above holds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["SlotQueue", "race_for_slots", "slot_queue"]

FloatArray = NDArray[np.float64]

_STEPS = 4  # of Newton's method in log W
_RACE_STEPS = 5  # of the same in T, from below
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
def race_for_slots(rates: FloatArray, counts: FloatArray, slots: float) -> tuple[float, float]:
    """Seconds after which as many adapters had a request as there are slots, and their requests/s.

    Parameters are those of `slot_queue`.
    """
    total = 0.0
    for k in range(rates.size):
        total += counts[k] * rates[k]
    race = slots / total
    for _ in range(_RACE_STEPS):
        free, slope = slots, 0.0
        for k in range(rates.size):
            absent = math.exp(-rates[k] * race)
            free -= counts[k] * (1.0 - absent)
            slope += counts[k] * rates[k] * absent
        race += free / max(1e-12, slope)
    held = 0.0
    for k in range(rates.size):
        held += counts[k] * rates[k] * (1.0 - math.exp(-rates[k] * race))
    return race, held


@compiled
def slot_queue(
    rates: FloatArray,
    counts: FloatArray,
    visits: FloatArray,
    slots: float,
    residence: float,
    spread: float,
    window: float,
    race: float,
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
    race : float
        See `race_for_slots`.
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
    first, kept = _first_come(rates, counts, visits, slots, window, race)
    delay, lost, begun_visits = 0.0, 0.0, 0.0
    seen = min(wait, window)
    for k in range(rates.size):
        rate = rates[k]
        visit = visits[k] + longer * math.log(1.0 + rate * wait)
        cycle = 1 / rate + wait + visit
        begun_visits += counts[k] / cycle
        weight = counts[k] * rate
        delay += weight * (seen + rate * seen * seen / 2) / (1 + rate * (seen + visit))
        late = max(0.0, wait - window) + seen * min(1.0, (1 / rate + seen / 2) / window)
        lost += weight * late / cycle
    served = first / total + max(0.0, 1 - kept) * (1 - lost / total)
    return SlotQueue(wait, delay / total, min(1.0, served), begun_visits)


@compiled
def _first_come(
    rates: FloatArray,
    counts: FloatArray,
    visits: FloatArray,
    slots: float,
    window: float,
    race: float,
) -> tuple[float, float]:
    """What the adapters that come first have of the window: requests/s, and part of the slots."""
    first, kept = 0.0, 0.0
    for k in range(rates.size):
        part = counts[k] * (1.0 - math.exp(-rates[k] * race)) * visits[k] / window
        first += part * rates[k]
        kept += part / slots
    return first, kept
