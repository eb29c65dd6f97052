"""Lowest power of the GPUs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError

__all__ = ["Energy"]


@dataclass(frozen=True, slots=True)
class Energy:
    """Mean power of the GPUs in use, in W: the energy of the same service over the same time.

    A GPU that is not used counts nothing. One in use draws its idle power at least, so that few,
    busy GPUs are better than many idle ones.

    Raises
    ------
    InputError
        When a profile of the fleet has no power.
    """

    is_continuous: ClassVar[bool] = True

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        if math.isnan(estimate.power) and not estimate.memory_error:
            raise InputError(
                f"profile {gpu.candidate.profile.name}",
                "its power is not known, which objective energy minimizes",
                "add idle_watts and busy_watts to the profile",
            )
        return (estimate.power,)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        """Power of GPUs that share the traffic.

        At least that of as few as are needed, all idle.
        """
        idle = [e.power for a in problem.workload.adapters for e in relaxation.idle(a)]
        shared = relaxation.shared(_power, per_request=False)
        return (max(relaxation.min_gpus * min(idle), shared),)


def _power(estimate: Estimate) -> float:
    return estimate.power
