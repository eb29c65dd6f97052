"""A GPU of a placement together with its problem, and with what it was predicted to do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from estimators.base import Candidate, Estimate
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan
from placer.problem.problem import Problem

__all__ = ["EvaluatedGpu", "PlannedGpu"]


@dataclass(frozen=True, slots=True)
class PlannedGpu:
    """One GPU of a placement, and the problem that it is part of.

    Parameters
    ----------
    problem : Problem
        The problem that is solved.
    plan : GpuPlan
        Names and shares of the adapters.
    candidate : Candidate
        The same with the profile, and the adapters' rates multiplied by their shares.
    """

    problem: Problem
    plan: GpuPlan
    candidate: Candidate

    @property
    def rate_share(self) -> float:
        """Share of all the workload's requests that this GPU answers, 0 to 1."""
        return self.candidate.rate / self.problem.workload.rate


@dataclass(frozen=True, slots=True)
class EvaluatedGpu:
    """A planned GPU, what it was predicted to do, what it costs, and whether it may be used.

    Parameters
    ----------
    planned : PlannedGpu
    estimate : Estimate
    cost : tuple of float
        From the objective; infinite where it could not be told.
    admissible : bool
        Neither a memory error nor starving, and nothing that the objective rejects.
    """

    planned: PlannedGpu
    estimate: Estimate
    cost: tuple[float, ...]
    admissible: bool

    @property
    def plan(self) -> GpuPlan:
        """The GPU of the placement."""
        return self.planned.plan

    @property
    def candidate(self) -> Candidate:
        """What the estimator was asked."""
        return self.planned.candidate

    @property
    def response_time(self) -> float:
        """Mean seconds from a request's arrival to the last token of its answer."""
        adapters = self.candidate.adapters
        outputs = math.fsum(a.rate * a.lengths.output_mean for a in adapters)
        further = max(0.0, outputs / self.candidate.rate - 1)
        return self.estimate.ttft_mean + further * self.estimate.tpot_mean

    @property
    def gpu_type(self) -> GpuType:
        """Type of the GPU."""
        return self.planned.problem.gpu_type(self.plan.profile_name)
