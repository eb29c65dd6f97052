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
    """Number of GPUs in use: an engine of two GPUs counts two."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (float(gpu.candidate.profile.gpus_per_engine),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        sizes = {t.profile.name: float(t.profile.gpus_per_engine) for t in problem.fleet}
        fewest = min(sizes.values()) * relaxation.min_gpus
        if len(set(sizes.values())) == 1:
            return (fewest,)
        return (max(fewest, relaxation.least(sizes)),)
