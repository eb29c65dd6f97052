"""A GPU that serves some adapters, and a problem of such adapters."""

from __future__ import annotations

from functools import cache

from estimators.base import Candidate, Estimate
from placer.problem.fleet import GpuType
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.verification_record import Verification
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

__all__ = ["adapters", "candidate", "measured_problem", "measured_profile", "measured_result"]


@cache
def measured_profile() -> ServingProfile:
    """The profile that is the default, of which there is a trained model."""
    return read_profile("h100_64gb_llama31_8b")


def adapters(number: int, rate: float = 0.5) -> tuple[Adapter, ...]:
    """Adapters of rank 16, of 200 prompt and 100 output tokens."""
    lengths = CopulaLengths(FixedLength(200), FixedLength(100))
    return tuple(Adapter(f"a{k:02d}", 16, rate, lengths) for k in range(number))


def candidate(number: int = 6, rate: float = 0.5) -> Candidate:
    """A GPU with so many adapters and 4 slots."""
    profile = measured_profile()
    return Candidate(profile, profile.engine_config(4, 16), adapters(number, rate))


def measured_problem(number: int = 40, rate: float = 1.0) -> Problem:
    """Adapters to be placed on GPUs of that profile."""
    return Problem(Workload(adapters(number, rate)), (GpuType(measured_profile()),))


def measured_result(problem: Problem, number: int = 2) -> Result:
    """The adapters of a problem on so many GPUs, as if it had been verified."""
    names = [adapter.name for adapter in problem.workload.adapters]
    config = measured_profile().engine_config(16, 16)
    parts = [sorted(names[k::number]) for k in range(number)]
    plans = [
        GpuPlan(measured_profile().name, config, tuple((name, 1.0) for name in part))
        for part in parts
    ]
    figures = [
        GpuFigures(
            Estimate(
                *(300.0 * len(part), 300.0 * len(part), 0.01, False, 500.0, 0.01),
                **{"ttft_mean": 0.1, "ttft_p99": 0.4, "tpot_mean": 0.03, "tpot_p99": 0.05},
            ),
            (1.0,),
            "compute",
            0.2 + k / 100,
            0.02,
        )
        for k, part in enumerate(parts)
    ]
    return Result(
        placement=Placement(tuple(plans)),
        value=(float(number),),
        lower_bound=(1.0,),
        bound="pooled capacity, by MLEstimator",
        status=SolveStatus.FEASIBLE,
        reason="",
        runtime=1.5,
        num_estimates=40,
        seed=0,
        strategy="FirstFit()",
        objective="FewestGpus()",
        gpus=tuple(figures),
        verification=Verification(60.0, (1001, 1002), 2.0),
    )
