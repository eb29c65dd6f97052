"""TokenBudget: a fixed number of tokens/s."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from estimators import Candidate, Estimate, Estimates, StarvationRule


@dataclass(frozen=True)
class TokenBudget:
    """A GPU serves a fixed number of tokens/s, whatever it serves.

    Parameters
    ----------
    capacity : float
        Tokens/s.
    """

    capacity: float = 15_000.0

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        return Estimates.from_rows([self._one(candidate, rule) for candidate in candidates])

    def _one(self, candidate: Candidate, rule: StarvationRule) -> Estimate:
        offered = math.fsum(adapter.token_rate for adapter in candidate.adapters)
        if candidate.profile.memory_error(candidate.config) is not None:
            return Estimate.of_memory_error(offered)
        served = min(offered, self.capacity)
        busy = min(0.95, offered / self.capacity)
        step = 0.015 / (1 - busy)
        return Estimate(
            offered,
            served,
            float(served < rule.threshold * offered),
            memory_error=False,
            power=100 + 500 * busy,
            uncertainty=0.1,
            ttft_mean=2 * step,
            ttft_p50=2 * step,
            ttft_p90=4 * step,
            ttft_p99=9 * step,
            tpot_mean=step,
            tpot_p50=step,
            tpot_p90=2 * step,
            tpot_p99=3 * step,
            itl_mean=step,
            itl_p99=3 * step,
        )
