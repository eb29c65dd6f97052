"""Rates of open-loop runs: around the one at which an engine starts to starve."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.measure.traffic import Lengths

__all__ = ["Tried", "first_rate", "next_rate"]

_SHARE = 0.7  # of what closed loops reach: traffic of many adapters needs slots as well
_STEP = 1.7  # from one rate to the next while the edge lies beyond
_DEFAULT = 2.0  # requests/s where nothing tells


@dataclass(frozen=True, slots=True)
class Tried:
    """A rate in requests/s, and whether the engine starved."""

    rate: float
    starved: bool


def first_rate(closed_loops: Sequence[Mapping[str, str]], lengths: Lengths) -> float:
    """A rate that the engine may just sustain, by the tokens/s that it reaches.

    Parameters
    ----------
    closed_loops : sequence of mapping
        Rows of a closed-loop table.
    lengths : Lengths
        Of the requests.
    """
    reached = [
        float(row["num_prompts"])
        * float(row["output_tokens_per_request"])
        / float(row["duration_s"])
        for row in closed_loops
        if row.get("duration_s")
    ]
    if not reached:
        return _DEFAULT
    return _rounded(_SHARE * max(reached) / lengths.output_mean)


def next_rate(tried: Sequence[Tried]) -> float:
    """A rate beyond the highest that was sustained, and below the lowest that starved.

    Parameters
    ----------
    tried : sequence of Tried
        At least one.
    """
    low = max((each.rate for each in tried if not each.starved), default=0.0)
    high = min((each.rate for each in tried if each.starved and each.rate > low), default=math.inf)
    if math.isinf(high):
        return _rounded(low * _STEP)
    return _rounded(high / _STEP if low == 0 else (low + high) / 2)


def _rounded(rate: float) -> float:
    return float(f"{rate:.4g}")
