"""Program for the engines that serve all adapters and all traffic at the lowest cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placer.bounds.crowds import Box

__all__ = ["BoxedEngines", "CrowdProgram", "Solution"]

FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-6  # relative, of the solver


@dataclass(frozen=True, slots=True)
class BoxedEngines:
    """Engines with some numbers of adapters and some traffic, and what they cost.

    Parameters
    ----------
    group : int
        Adapters that are meant.
    profile : str
        Of the engines.
    box : Box
    cost : float
        Of each request at least.
    """

    group: int
    profile: str
    box: Box
    cost: float


@dataclass(frozen=True, slots=True)
class Solution:
    """The lowest cost, and where engines are then.

    Parameters
    ----------
    cost : float
    used : tuple of (int, float)
        Numbers of boxes, each with how much traffic an engine of it has.
    """

    cost: float
    used: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class CrowdProgram:
    """Linear program over boxes of engines.

    minimize    sum of cost[b] x[b]
    subject to  sum of most[b] y[b] >= adapters[g]      over the boxes of each group g
                sum of x[b] >= traffic[g]               over the boxes of each group g
                low[b] y[b] <= x[b] <= high[b] y[b]     for each box b
                sums of y over limited engines as given.

    Engines are not whole: so the cost is that on the convex lower envelope over the boxes.

    Parameters
    ----------
    adapters : sequence of int
        Of each group.
    traffic : sequence of float
        Of each group, in requests/s.
    limits : sequence of (tuple of str, int)
        Profiles, and how many engines of these together there may be.
    """

    adapters: Sequence[int]
    traffic: Sequence[float]
    limits: Sequence[tuple[tuple[str, ...], int]]

    def solve(self, boxes: Sequence[BoxedEngines]) -> Solution | None:
        """The cheapest engines; None where no engines suffice."""
        from scipy.optimize import linprog  # here: slow to import

        if not boxes:
            return None
        size = len(boxes)
        group = np.array([own.group for own in boxes])
        members = (group == np.arange(len(self.adapters))[:, None]).astype(float)
        low, high, most = np.array([(b.box.low, b.box.high, b.box.most) for b in boxes]).T
        chosen = [[own.profile in names for own in boxes] for names, _ in self.limits]
        limited = np.array(chosen, float).reshape(len(self.limits), size)
        unused, each = np.zeros_like(members), np.eye(size)
        rows = [  # of y and x
            np.hstack([-members * most, unused]),
            np.hstack([unused, -members]),
            np.hstack([np.diag(low), -each]),
            np.hstack([-np.diag(high), each]),
            np.hstack([limited, np.zeros_like(limited)]),
        ]
        needed = [*(-n for n in self.adapters), *(-rate for rate in self.traffic)]
        found = linprog(
            np.concatenate([np.zeros(size), [own.cost for own in boxes]]),
            A_ub=np.vstack(rows),
            b_ub=[*needed, *np.zeros(2 * size), *(number for _, number in self.limits)],
            method="highs",
        )
        if found.x is None:
            return None
        number, part = found.x[:size], found.x[size:]
        used = np.flatnonzero(number > _TOLERANCE)
        each_has = zip(used.tolist(), (part[used] / number[used]).tolist(), strict=True)
        return Solution(float(found.fun) * (1 - _TOLERANCE), tuple(each_has))
