"""Share of requests within a target, from quantiles of a latency."""

from __future__ import annotations

import math

__all__ = ["share_within"]

_NORMAL = (0.0, 1.2815515655446004, 2.3263478740408408)  # at 50, 90 and 99 %


def share_within(target: float, p50: float, p90: float, p99: float) -> float:
    """Share of requests whose latency is at most a target.

    Between the quantiles, and beyond them, the logarithm of the latency is taken as linear in the
    quantile of a standard normal variable. So the share is exact at the quantiles. Above 90 % it
    was within 3 percentage points of the simulated share on engines from idle to starving; between
    50 and 90 % it can be off by 25 points where some adapters wait and others do not.

    Parameters
    ----------
    target : float
        In seconds, as the quantiles.
    p50, p90, p99 : float
        Median, 90th and 99th percentile.

    Returns
    -------
    float
        0 to 1; NaN where a quantile is unknown.
    """
    from scipy.special import ndtr  # here: slow to import

    if math.isnan(p50 + p90 + p99):
        return math.nan
    if target <= 0:
        return 0.0
    if target < p90 or p99 <= p90:
        (low, high), (z_low, z_high) = (p50, p90), _NORMAL[:2]
    else:
        (low, high), (z_low, z_high) = (p90, p99), _NORMAL[1:]
    if high <= low:
        return float(target >= high)
    slope = (z_high - z_low) / math.log(high / low)
    return float(ndtr(z_low + slope * math.log(target / low)))
