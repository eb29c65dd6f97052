"""Spare traffic of a GPU."""

from __future__ import annotations

import math

__all__ = ["spare_load"]


def spare_load(offered: float, headroom: float) -> float:
    """Tokens/s that a GPU can still take; 0 where it starves now.

    Parameters
    ----------
    offered : float
        Tokens/s that arrive.
    headroom : float
        What can be added, relative to that; NaN where it starves.
    """
    return 0.0 if math.isnan(headroom) else offered * headroom
