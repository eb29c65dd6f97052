"""Stand-ins: an objective and an estimator that strategies do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.starvation import StarvationRule
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem

__all__ = ["InterruptedEstimator", "SlotCost"]


@dataclass(frozen=True, slots=True)
class SlotCost:
    """An objective that none of the strategies knows: GPUs, then slots."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (1.0, float(gpu.plan.config.max_loras))

    def admissible(self, estimate: Estimate) -> bool:
        return estimate.served_ratio > 0.95

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (float(relaxation.min_gpus), float(min(1, problem.workload.num_adapters)))


@dataclass(slots=True)
class InterruptedEstimator:
    """An estimator during one of whose calls the user presses Ctrl-C.

    Parameters
    ----------
    estimator : Estimator
        Answers the others.
    call : int
        Which one, from 1.
    """

    estimator: Estimator
    call: int
    calls: int = field(default=0, init=False)

    @property
    def interrupted(self) -> bool:
        """Whether the user has pressed Ctrl-C."""
        return self.calls >= self.call

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.calls += 1
        if self.calls == self.call:
            raise KeyboardInterrupt
        return self.estimator.estimate(candidates, rule)
