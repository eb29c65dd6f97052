"""Lowest latency on the GPUs that there are."""

from __future__ import annotations

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
_SCATTER = {"mean": 0.05, "p99": 0.25}  # of an estimate from few requests, relative


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
        """Latency of every adapter alone on an idle GPU, less the scatter of the estimates.

        The 99th percentile of a mix is at least the smallest one of its parts.
        """
        adapters = problem.workload.adapters
        factor = 1 - _SCATTER[self.statistic]
        idle = [factor * min(map(self._latency, relaxation.idle(a))) for a in adapters]
        if self.statistic == "p99":
            return (min(idle),)
        weighted = sum(a.rate * value for a, value in zip(adapters, idle, strict=True))
        return (weighted / problem.workload.rate,)

    def _latency(self, estimate: Estimate) -> float:
        value: float = getattr(estimate, f"{self.metric}_{self.statistic}")
        return value
