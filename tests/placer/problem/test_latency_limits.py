"""Latency limits."""

from __future__ import annotations

import math

import pytest

from estimators.base import Estimate
from placer.problem.latency_limits import USUAL_LIMITS, LatencyLimits
from twin.files.errors import InputError


def estimate(ttft: float, tpot: float) -> Estimate:
    return Estimate(100.0, 100.0, 0.0, False, 1.0, 0.0, ttft_p99=ttft, tpot_p99=tpot)


@pytest.mark.parametrize(
    ("ttft", "tpot", "broken"),
    [
        (5.0, 0.25, ()),
        (5.1, 0.1, ("ttft",)),
        (1.0, 0.3, ("tpot",)),
        (6.0, 0.3, ("ttft", "tpot")),
        (math.nan, math.nan, ()),
    ],
)
def test_percentiles_beyond_a_limit_break_it(
    ttft: float, tpot: float, broken: tuple[str, ...]
) -> None:
    assert USUAL_LIMITS.broken(estimate(ttft, tpot)) == broken


def test_any_latency_is_within_no_limit() -> None:
    assert LatencyLimits(None, None).broken(estimate(1e9, 1e9)) == ()


@pytest.mark.parametrize("limit", [0.0, -1.0, math.inf, math.nan])
def test_limits_are_positive_times(limit: float) -> None:
    with pytest.raises(InputError, match=r"latency_limits.tpot: .* is no positive time"):
        LatencyLimits(tpot=limit)
