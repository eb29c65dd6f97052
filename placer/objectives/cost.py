"""Lowest rent of the GPUs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives.objective import Relaxation
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["Cost"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Rent of the GPUs in use, in $/h: for fleets of several GPU types.

    Raises
    ------
    InputError
        When a profile of the fleet has no ``price_per_hour``.
    """

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (_price(gpu.candidate.profile),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        prices = {t.profile.name: _price(t.profile) for t in problem.fleet}
        return (relaxation.least(prices),)


def _price(profile: ServingProfile) -> float:
    if math.isnan(profile.price_per_hour):
        raise InputError(
            f"profile {profile.name}",
            "it has no price_per_hour, which objective cost minimizes",
            "add it to the profile, in $/h",
        )
    return profile.price_per_hour
