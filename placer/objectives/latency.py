"""Lowest latency on the GPUs that there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError

__all__ = ["Latency"]

_METRICS = ("ttft", "tpot")
_STATISTICS = ("mean", "p99")
_SCATTER = {"mean": 0.05, "p99": 0.25}  # of an estimate from few requests at least, relative
_DEVIATIONS, _REQUESTS = 2.0, 300  # of prompts' lengths; on which a mean rests at least


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency of a request, averaged over the GPUs by the requests that each answers.

    It falls with every further GPU, so give the problem a number: ``max_gpus`` or counts of the
    GPU types. Without one, strategies use as few GPUs as they can, and spread the traffic over
    these.

    Parameters
    ----------
    metric : str
        ``"ttft"``, the time to first token, or ``"tpot"``, the time per output token.
    statistic : str
        ``"mean"`` over requests, or ``"p99"``: the mean of the GPUs' 99th percentiles.

    Raises
    ------
    InputError
        If a parameter is not one of these.
    """

    metric: str = "ttft"
    statistic: str = "mean"
    gpus_are_free: ClassVar[bool] = True
    is_continuous: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, accepted in (("metric", _METRICS), ("statistic", _STATISTICS)):
            value = getattr(self, name)
            if value not in accepted:
                known = f"accepted: {', '.join(accepted)}"
                raise InputError(f"objective.{name}", f"{value!r} is unknown", known)

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (gpu.rate_share * self._latency(estimate),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        """Latency on GPUs that share the traffic, less the scatter of the estimates.

        At least that of every adapter alone on an idle GPU; the 99th percentile of a mix is at
        least the smallest one of its parts.
        """
        adapters = problem.workload.adapters
        factor = 1 - self._scatter(problem)
        idle = [factor * min(map(self._latency, relaxation.idle(a))) for a in adapters]
        shared = factor * relaxation.shared(self._latency, per_request=True)
        if self.statistic == "p99":
            return (max(shared, min(idle)),)
        weighted = sum(a.rate * value for a, value in zip(adapters, idle, strict=True))
        return (max(shared, weighted / problem.workload.rate),)

    def _scatter(self, problem: Problem) -> float:
        """How far estimates may be off, relative: requests at random have shorter prompts, too."""
        if self.metric != "ttft":
            return _SCATTER[self.statistic]
        lengths = [adapter.lengths for adapter in problem.workload.adapters]
        spread = max(own.prompt_std / own.prompt_mean for own in lengths)
        return max(_SCATTER[self.statistic], _DEVIATIONS * spread / math.sqrt(_REQUESTS))

    def _latency(self, estimate: Estimate) -> float:
        value: float = getattr(estimate, f"{self.metric}_{self.statistic}")
        return value
