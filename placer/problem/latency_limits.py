"""LatencyLimits: how long users wait at most."""

from __future__ import annotations

import math
from dataclasses import dataclass

from estimators.base import Estimate
from twin.files.errors import InputError

__all__ = ["USUAL_LIMITS", "LatencyLimits"]


@dataclass(frozen=True, slots=True)
class LatencyLimits:
    """Latencies that 99 of 100 requests are to stay within.

    Five seconds to the first token and a quarter of a second for each further one by default: four
    tokens/s are as fast as slow readers read, and whoever waits for more than a few seconds turns
    to something else.

    Parameters
    ----------
    ttft, tpot : float or None
        99th percentiles of the time to first token and per output token in seconds; None for any.

    Raises
    ------
    InputError
        If one is not positive.
    """

    ttft: float | None = 5.0
    tpot: float | None = 0.25

    def __post_init__(self) -> None:
        for name, limit in self.named.items():
            if not (math.isfinite(limit) and limit > 0):
                raise InputError(
                    f"latency_limits.{name}", f"{limit!r} is no positive time in s", "or null"
                )

    @property
    def named(self) -> dict[str, float]:
        """Those that there are, by name."""
        limits = {"ttft": self.ttft, "tpot": self.tpot}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def broken(self, estimate: Estimate) -> tuple[str, ...]:
        """Names of the limits that a GPU does not keep; unknown latencies break none."""
        return tuple(
            name for name, limit in self.named.items() if getattr(estimate, f"{name}_p99") > limit
        )


USUAL_LIMITS = LatencyLimits()
"""Five seconds, and a quarter of a second."""
