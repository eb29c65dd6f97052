"""Fewest GPUs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.latency_limits import LatencyLimits
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError

__all__ = ["GpuCount"]


@dataclass(frozen=True, slots=True)
class GpuCount:
    """Number of GPUs in use, of those on which requests do not wait too long.

    Parameters
    ----------
    ttft, tpot : float or None
        A GPU may be used only if 99 of 100 requests get their first token, and each further one,
        within so many seconds; None, the paper's objective, for any.

    Raises
    ------
    InputError
        If a time is not positive; when the estimator does not predict the percentile.
    """

    ttft: float | None = None
    tpot: float | None = None

    def __post_init__(self) -> None:
        LatencyLimits(self.ttft, self.tpot)

    def __repr__(self) -> str:
        """Without what is not asked for: results are read by people."""
        named = LatencyLimits(self.ttft, self.tpot).named
        return f"GpuCount({', '.join(f'{name}={limit!r}' for name, limit in named.items())})"

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (1.0,)

    def admissible(self, estimate: Estimate) -> bool:
        limits = LatencyLimits(self.ttft, self.tpot)
        for name in limits.named:
            if math.isnan(getattr(estimate, f"{name}_p99")):
                raise InputError(
                    f"objective.{name}",
                    f"the estimator does not predict the 99th percentile of {name.upper()}",
                    "use estimator=twin, or objective=gpu_count, which looks at no latency",
                )
        return not limits.broken(estimate)

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (float(relaxation.min_gpus),)
