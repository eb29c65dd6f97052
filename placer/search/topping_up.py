"""Topping up: how many items in order fill a GPU, and which other one fills what is left of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled, inlined

__all__ = ["best_beside", "number_within"]

FloatArray = NDArray[np.float64]


@inlined
def _used_share(traffic: float, weight: float, crowd: float) -> float:
    """As `placer.bounds.weight_table.utilization`, of numbers in a compiled loop."""
    return traffic * (1 - weight + crowd)


@compiled
def number_within(figures: FloatArray, limit: float) -> int:
    """Items in order that are within a utilization together.

    Parameters
    ----------
    figures : (n, 3) array
        Traffic, weight and crowd of each; see `placer.bounds.weight_table.utilization`.
    limit : float
        Utilization up to which a GPU is filled.
    """
    traffic, weight, crowd = 0.0, 0.0, 0.0
    for k in range(figures.shape[0]):
        traffic += figures[k, 0]
        weight += figures[k, 1]
        crowd += figures[k, 2]
        if not _used_share(traffic, weight, crowd) <= limit:
            return k
    return int(figures.shape[0])


@compiled
def best_beside(
    total: FloatArray, figures: FloatArray, open_to: NDArray[np.bool_], limit: float
) -> int:
    """The item with which a GPU is fullest within a utilization; -1 where there is none.

    Parameters
    ----------
    total : (3,) array
        Traffic, weight and crowd of what is on the GPU.
    figures : (n, 3) array
        Those of the items.
    open_to : (n,) array of bool
        Which of them may be taken.
    limit : float
        The utilization.
    """
    best, fullest = -1, 0.0
    for k in range(figures.shape[0]):
        if open_to[k]:
            used = _used_share(
                total[0] + figures[k, 0], total[1] + figures[k, 1], total[2] + figures[k, 2]
            )
            if used <= limit and (used > fullest or (best < 0 and used == 0)):
                best, fullest = k, used
    return best
