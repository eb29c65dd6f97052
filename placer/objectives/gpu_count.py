"""Fewest GPUs."""

from __future__ import annotations

from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem

__all__ = ["GpuCount"]


@dataclass(frozen=True, slots=True)
class GpuCount:
    """Number of GPUs in use."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (1.0,)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (float(relaxation.min_gpus),)
