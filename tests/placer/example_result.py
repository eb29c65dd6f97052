"""A small result of an imaginary run, for tests of what is shown and written."""

from __future__ import annotations

import math

from estimators.base import Estimate
from placer.problem.fleet import GpuType
from placer.problem.gpu_figures import GpuFigures
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.verification_record import Verification
from placer.testing import example_problem
from twin.gpu.engine_config import EngineConfig
from twin.workload.workload import Workload

__all__ = ["problem", "result"]


def problem(counts: tuple[int | None, ...] = (None,)) -> Problem:
    """Four adapters of 8, 8, 8 and 4 req/s on GPUs of so many types."""
    fleet: tuple[GpuType, ...] = example_problem(counts=counts).fleet
    return Problem(Workload(example_problem(4).workload.adapters), fleet)


def result(profiles: tuple[str, str] = ("example-0", "example-0")) -> Result:
    """Two GPUs that share an adapter, the second with half the latency of the first."""
    config = EngineConfig(max_loras=2, max_lora_rank=32)
    gpus = (
        GpuPlan(profiles[0], config, (("adapter-000", 1.0), ("adapter-001", 0.75))),
        GpuPlan(
            profiles[1],
            config,
            (("adapter-001", 0.25), ("adapter-002", 1.0), ("adapter-003", 1.0)),
        ),
    )
    slow = Estimate(
        *(5600.0, 5500.0, 0.02, False, 500.0, 0.01),
        **{"ttft_mean": 0.4, "ttft_p99": 2.0, "tpot_mean": 0.04, "tpot_p99": 0.1},
        **{"itl_mean": 0.04, "itl_p99": 0.1},
    )
    fast = Estimate(
        *(2600.0, 2600.0, 0.0, False, math.nan, 0.01),
        **{"ttft_mean": 0.2, "ttft_p99": 1.0, "tpot_mean": 0.02, "tpot_p99": 0.1},
        **{"itl_mean": 0.02, "itl_p99": 0.1},
    )
    return Result(
        placement=Placement(gpus),
        value=(2.0,),
        lower_bound=(1.0,),
        bound="engine mix",
        status=SolveStatus.FEASIBLE,
        reason="",
        runtime=1.25,
        num_estimates=40,
        seed=0,
        strategy="Greedy()",
        objective="GpuCount()",
        gpus=(
            GpuFigures(slow, (1.0,), "compute", 0.05, 0.1),
            GpuFigures(fast, (1.0,), "slots", math.inf, 0.2),
        ),
        verification=Verification(600.0, (1, 2), 1.5, num_moved=1, num_opened=1),
    )
