"""Traffic split: the cheapest way to share traffic among engines."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["cheapest_split"]

FloatArray = NDArray[np.float64]

_FURTHER = 32  # engines beyond the fewest for which each number is looked at


def cheapest_split(costs: FloatArray, total: int, fewest: int, most: int | None = None) -> float:
    """Smallest sum of what engines cost that share some traffic, or a bound of it.

    An engine with at least t and less than t + 1 units of traffic costs ``costs[t]`` at least. So
    of j engines the whole units sum to ``total - (j - 1)`` or more: how these are shared is a
    dynamic program, which takes costs of any shape.

    Parameters
    ----------
    costs : (m,) array
        Not negative, and at least one. No engine has m units or more.
    total : int
        Units of all traffic, at least 1.
    fewest : int
        Engines at least, at least 1.
    most : int or None
        Engines at most; None for as many as one likes.

    Returns
    -------
    float
        Infinite where so many engines cannot have all the traffic.

    Examples
    --------
    Two engines at full power and a third one at a little more than none:

    >>> cheapest_split(np.array([10.0, 40.0, 50.0, 55.0]), total=6, fewest=3)
    120.0
    """
    last = fewest + _FURTHER if most is None else most
    best, reached = math.inf, np.full(total + 1, np.inf)
    reached[0] = 0.0
    for number in range(1, last + 1):
        reached = _with_one_more(reached, costs)
        if number >= fewest:
            best = min(best, float(reached[max(0, total - (number - 1)) :].min()))
        if number * float(costs.min()) >= best:
            return best
    if most is not None:
        return best
    return min(best, _of_many(costs, total, last + 1))


def _of_many(costs: FloatArray, total: int, fewest: int) -> float:
    """Cost of so many engines or more, at least."""
    # However many there are, traffic costs what it does on the engine that is cheapest for it;
    units = np.arange(costs.size)
    free = total * float((costs / (units + 1)).min())
    # and each costs what it does with nothing, and whole units what they add where that is least.
    idle = float(costs.min())
    added = float(((costs[1:] - idle) / units[1:]).min(initial=math.inf))
    if fewest > total:
        return max(free, fewest * idle)
    return max(free, min(fewest * idle + (total - fewest + 1) * added, (total + 1) * idle))


def _with_one_more(reached: FloatArray, costs: FloatArray) -> FloatArray:
    """Smallest cost for each sum of units, of one engine more."""
    found = np.full_like(reached, np.inf)
    size = reached.size
    for units, cost in enumerate(costs[:size].tolist()):
        np.minimum(found[units:], reached[: size - units] + cost, out=found[units:])
    return found
