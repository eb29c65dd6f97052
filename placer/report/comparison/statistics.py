"""Means of what was repeated, with Student's intervals of confidence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["CONFIDENCE", "Mean", "mean_of", "paired_difference"]

CONFIDENCE = 0.95
"""Share of such intervals that hold the true mean, where values are distributed normally."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of some values, and how well it is known.

    Parameters
    ----------
    mean : float
    half_width : float or None
        Of the interval of confidence around it; None for a single value, of which nothing tells
        how much it varies.
    n : int
        Number of values.
    """

    mean: float
    half_width: float | None
    n: int

    @property
    def low(self) -> float | None:
        """Lower end of the interval; None where there is none."""
        return None if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """Upper end of the interval; None where there is none."""
        return None if self.half_width is None else self.mean + self.half_width

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0: a difference that is hardly chance."""
        return self.half_width is not None and abs(self.mean) > self.half_width


def mean_of(values: Iterable[float]) -> Mean | None:
    """Mean of independent values with Student's interval; None of no value.

    The interval is m ± t s / √n, where s is the sample's standard deviation and t the quantile of
    Student's distribution with n - 1 degrees of freedom.
    """
    known = list(values)
    if not known:
        return None
    mean, n = statistics.fmean(known), len(known)
    if n == 1:
        return Mean(mean, None, 1)
    from scipy.special import stdtrit  # here: slow, and for comparisons alone

    quantile = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    return Mean(mean, quantile * statistics.stdev(known) / math.sqrt(n), n)


def paired_difference(pairs: Sequence[tuple[float, float]]) -> Mean | None:
    """Mean of value minus baseline over pairs of the same conditions; None of no pair.

    What the conditions do to both, such as the traffic of a seed, is not in the interval.
    """
    return mean_of(value - baseline for value, baseline in pairs)
