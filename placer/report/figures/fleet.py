"""The fleet: GPUs that are alike, what their memory holds, and what they are doing."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from estimators.base import Candidate
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.figures.behaviour import Behaviour, observe
from placer.report.figures.memory_parts import MemoryParts, memory_parts
from placer.report.gpu_report import GpuReport, report_gpus
from placer.verification.judges import verification_seeds

__all__ = ["FleetRow", "GpuGroup", "group_gpus", "observe_fleet"]

_MANY = 60  # GPUs, of more than which equal ones are a group
_UNVERIFIED = 600.0  # simulated seconds of a placement that nobody verified
_DIGITS = 2  # of the traffic, by which GPUs are told apart


@dataclass(frozen=True, slots=True)
class GpuGroup:
    """GPUs that are alike; each alone where there are few.

    Parameters
    ----------
    position : int
        Of the first of them in the placement.
    names : tuple of str
    report : GpuReport
        Of the first.
    candidate : Candidate
        What the first serves.
    """

    position: int
    names: tuple[str, ...]
    report: GpuReport
    candidate: Candidate

    @property
    def title(self) -> str:
        """The GPU, or the first and how many more there are."""
        more = len(self.names) - 1
        return self.names[0] + (f" and {more} more" if more else "")

    @property
    def rate(self) -> float:
        """Requests/s of all of them."""
        return len(self.names) * self.report.rate


@dataclass(frozen=True, slots=True, eq=False)
class FleetRow:
    """A group of GPUs, and what the first of them did in a simulation.

    Parameters
    ----------
    group : GpuGroup
    memory : MemoryParts
        With no KV memory in use where nothing was simulated.
    behaviour : Behaviour or None
        None where there was no time to simulate it, or it does not start.
    """

    group: GpuGroup
    memory: MemoryParts
    behaviour: Behaviour | None

    @property
    def traffic(self) -> float:
        """Traffic over what the GPU can take before it starves; NaN where that is not known."""
        return 1 / (1 + self.group.report.headroom)

    @property
    def use(self) -> tuple[tuple[str, float], ...]:
        """What is in use, and which share of it; NaN where that is not known."""
        seen = self.behaviour
        unknown = math.nan
        slots = unknown if self.group.report.max_loras == 0 else seen.slots if seen else unknown
        return (
            ("traffic", self.traffic),
            ("compute", seen.busy if seen else unknown),
            ("slots", slots),
            ("KV cache", seen.kv if seen else unknown),
            ("batch", seen.batch if seen else unknown),
        )


def group_gpus(problem: Problem, result: Result) -> tuple[GpuGroup, ...]:
    """The GPUs of a result, those that answer last first where there are many.

    Of more than 60, those of a profile and an engine that have as many adapters, about as much
    traffic and the same limit are a group.
    """
    adapters = problem.workload.by_name
    reports = report_gpus(problem, result)
    many = len(reports) > _MANY
    members: dict[object, list[int]] = {}
    for position, gpu in enumerate(reports):
        key = (gpu.profile, gpu.max_loras, gpu.max_lora_rank, gpu.num_adapters, gpu.binding)
        members.setdefault((*key, f"{gpu.rate:.{_DIGITS}g}") if many else position, []).append(
            position
        )
    groups = []
    for positions in members.values():
        plan = result.placement.gpus[positions[0]]
        profile = problem.gpu_type(plan.profile_name).profile
        served = tuple(
            adapters[name]
            if share == 1
            else replace(adapters[name], rate=adapters[name].rate * share)
            for name, share in plan.shares
        )
        names = tuple(reports[p].name for p in positions)
        candidate = Candidate(profile, plan.config, served)
        groups.append(GpuGroup(positions[0], names, reports[positions[0]], candidate))
    if many:
        groups.sort(key=lambda g: (-_finite(g.report.p99_ttft_ms), g.position))
    return tuple(groups)


def observe_fleet(
    result: Result, groups: Sequence[GpuGroup], time_limit: float
) -> tuple[FleetRow, ...]:
    """Simulate GPUs once more as the verification did, in order, as far as there is time.

    Parameters
    ----------
    result : Result
    groups : sequence of GpuGroup
    time_limit : float
        Seconds.
    """
    checked = result.verification
    seed = checked.seeds[0] if checked else verification_seeds(result.seed)[0]
    duration = checked.duration if checked else _UNVERIFIED
    end = time.process_time() + time_limit
    rows = []
    for group in groups:
        candidate = group.candidate
        seen = observe(candidate, seed, duration) if time.process_time() < end else None
        memory = memory_parts(candidate.profile, candidate.config, seen.kv if seen else 0.0)
        rows.append(FleetRow(group, memory, seen))
    return tuple(rows)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf
