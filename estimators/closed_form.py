"""ClosedFormEstimator: a simple formula in place of a simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from estimators.base import Candidate, Estimate, Estimates
from estimators.starvation import USUAL_RULE, StarvationRule

__all__ = ["ClosedFormEstimator"]


@dataclass(frozen=True, slots=True)
class ClosedFormEstimator:
    """Figures of an imaginary GPU, for tests and for trying strategies out.

    The GPU serves ``capacity / (1 + adapter_cost n + slot_cost S r)`` tokens/s with n adapters, S
    slots and a ``max_lora_rank`` r; with fewer slots than adapters, the share S / n of that.
    Requests for the base model add tokens/s, and are no adapters. It
    starves, for certain, where that is less than what is offered; by a rule that does not ask for
    traffic that can be sustained, where it is less than the threshold's share of it. Latencies are
    those of a queue with one server. Memory errors are the profile's.

    Parameters
    ----------
    capacity : float
        Tokens/s without adapters.
    adapter_cost, slot_cost : float
        Relative slow-down by an adapter, and by a slot for each unit of rank.
    """

    capacity: float = 10_000.0
    adapter_cost: float = 0.01
    slot_cost: float = 0.0001
    scatters: ClassVar[bool] = False

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        """Evaluate the formula."""
        return Estimates.from_rows([self._estimate(candidate, rule) for candidate in candidates])

    def _estimate(self, candidate: Candidate, rule: StarvationRule) -> Estimate:
        config, number = candidate.config, candidate.num_adapters
        offered = math.fsum(a.token_rate for a in candidate.adapters)
        if candidate.profile.memory_error(config) is not None:
            return Estimate.of_memory_error(offered)
        slots = config.max_loras * config.max_lora_rank
        capacity = self.capacity / (1 + self.adapter_cost * number + self.slot_cost * slots)
        if number:
            capacity *= min(1.0, config.max_loras / number)
        served = min(offered, capacity)
        needed = offered if rule.sustained else rule.threshold * offered
        wait = 1 / (1 - min(0.95, offered / capacity))
        step = 1 + offered / self.capacity
        return Estimate(
            offered_throughput=offered,
            served_throughput=served,
            starvation_probability=float(served < needed),
            memory_error=False,
            power=100.0 + 500.0 * served / self.capacity,
            uncertainty=0.0,
            ttft_mean=0.02 * wait,
            ttft_p50=0.015 * wait,
            ttft_p90=0.04 * wait,
            ttft_p99=0.1 * wait,
            tpot_mean=0.01 * step,
            tpot_p50=0.0095 * step,
            tpot_p90=0.014 * step,
            tpot_p99=0.02 * step,
            itl_mean=0.01 * step,
            itl_p50=0.0095 * step,
            itl_p99=0.02 * step,
        )
