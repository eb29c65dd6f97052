"""Most requests within targets of latency."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.base import Estimate
from estimators.quantiles import share_within
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError

__all__ = ["Slo"]

_ROUNDING = 1e-9
_SCATTER = 0.1  # of the share of late requests that is estimated from few of them


@dataclass(frozen=True, slots=True)
class Slo:
    """Share of all requests that miss a target of their latency (service level objective).

    It falls with every further GPU, so give the problem a number of GPUs; or ask for a share on
    every GPU with ``min_share``, and put `GpuCount` before this objective with `Lexicographic`.

    A request that misses both targets counts twice, and one that is not served misses them: the
    share is overestimated, if anything. `share_within` says how exact it is.

    Parameters
    ----------
    ttft : float or None
        Largest time to first token in seconds; None for any.
    tpot : float or None
        Largest time per output token in seconds; None for any.
    min_share : float
        A GPU may be used only if this share of its requests is within the targets, in [0, 1).

    Raises
    ------
    InputError
        If a target is not positive, both are missing, or the share is out of range; when the
        estimator predicts no quantiles.
    """

    ttft: float | None = 1.0
    tpot: float | None = None
    min_share: float = 0.0
    gpus_are_free: ClassVar[bool] = True
    is_continuous: ClassVar[bool] = True

    def __post_init__(self) -> None:
        targets = {"ttft": self.ttft, "tpot": self.tpot}
        if not any(target is not None for target in targets.values()):
            raise InputError("objective slo", "it has no target", "give ttft, tpot or both")
        for name, target in targets.items():
            if target is not None and not (math.isfinite(target) and target > 0):
                raise InputError(f"objective.{name}", f"{target!r} is no positive time in s")
        if not 0 <= self.min_share < 1:
            raise InputError("objective.min_share", f"{self.min_share!r} is not inside [0, 1)")

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (gpu.rate_share * self.late_share(estimate),)

    def admissible(self, estimate: Estimate) -> bool:
        return self.late_share(estimate) <= 1 - self.min_share + _ROUNDING

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        """Share of late requests with every adapter alone on an idle GPU, less the scatter."""
        late = (
            a.rate * max(0.0, min(map(self.late_share, relaxation.idle(a))) - _SCATTER)
            for a in problem.workload.adapters
        )
        return (math.fsum(late) / problem.workload.rate,)

    def late_share(self, estimate: Estimate) -> float:
        """Share of a GPU's requests that miss a target, 0 to 1."""
        if estimate.memory_error:
            return 1.0
        missed = 1 - min(1.0, estimate.served_ratio)
        for metric, target in (("ttft", self.ttft), ("tpot", self.tpot)):
            if target is None:
                continue
            quantiles = [getattr(estimate, f"{metric}_{q}") for q in ("p50", "p90", "p99")]
            within = share_within(target, *quantiles)
            if math.isnan(within):
                raise InputError(
                    "objective slo",
                    f"the estimator does not predict quantiles of {metric.upper()}",
                    "use estimator=twin",
                )
            missed += 1 - within
        return min(1.0, missed)
