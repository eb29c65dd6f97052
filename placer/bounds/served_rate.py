"""Served rate: up to where some engine serves more and more requests of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placer.gpu.bracket import RealBracket
from twin.workload.adapter import Adapter

__all__ = ["served_rate"]

_NEGLIGIBLE = 1e-4  # of a group's traffic, as what is served


def served_rate(
    serves: Callable[[float], bool], group: Sequence[Adapter], tolerance: float
) -> RealBracket:
    """Bracket around the rate from which a group's requests are not served any more.

    Parameters
    ----------
    serves : callable
        Whether a rate in requests/s, up to that of the whole group, is served.
    group : sequence of Adapter
    tolerance : float
        Relative width of the bracket.

    Returns
    -------
    RealBracket
        Its low end is the rate of the whole group where that is served, and 0 where not even a
        ten-thousandth of it is.
    """
    total, first = sum(adapter.rate for adapter in group), max(a.rate for a in group)
    bracket = RealBracket(0.0, first, first, tolerance)
    for number in bracket:
        rate = min(total, number)
        if serves(rate):
            bracket.low = rate
        else:
            bracket.high = rate
        if bracket.high < total * _NEGLIGIBLE:
            bracket.low = 0.0
            break
        if bracket.low >= total:
            break
    return bracket
