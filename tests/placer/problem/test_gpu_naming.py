"""Names of the GPUs of a placement."""

from __future__ import annotations

from dataclasses import replace

from estimators.testing import example_profile
from placer.problem.fleet import GpuType
from placer.problem.gpu_naming import name_gpus
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.testing import example_problem

A, B, C = "adapter-000", "adapter-001", "adapter-002"


def placement(problem: Problem, *gpus: tuple[str, str]) -> Placement:
    """One GPU for each (adapter, name); the last one of the second type where there are two."""
    plans = []
    for index, (adapter, name) in enumerate(gpus):
        second = len(problem.fleet) > 1 and index == len(gpus) - 1
        profile = problem.fleet[int(second)].profile
        plans.append(GpuPlan(profile.name, profile.engine_config(1, 32), ((adapter, 1.0),), name))
    return Placement(tuple(plans))


def test_names_are_numbers_without_those_left_out() -> None:
    problem = replace(example_problem(3), rules=Rules(leave_out=["gpu-01"]))
    named = name_gpus(problem, placement(problem, (A, ""), (B, ""), (C, "")))
    assert named.names == ("gpu-00", "gpu-02", "gpu-03")


def test_names_are_those_of_the_type() -> None:
    fleet = (
        GpuType(example_profile("one"), names=("x", "y")),
        GpuType(example_profile("two"), names=("z",)),
    )
    problem = Problem(example_problem(3).workload, fleet)
    named = name_gpus(problem, placement(problem, (A, ""), (B, ""), (C, "")))
    assert named.names == ("x", "y", "z")


def test_pinned_adapters_are_on_the_gpu_they_are_pinned_to() -> None:
    rules = Rules(pinned={B: "gpu-00", C: "gpu-05"})
    problem = replace(example_problem(3), rules=rules)
    named = name_gpus(problem, placement(problem, (A, ""), (B, ""), (C, "")))
    assert named.names == ("gpu-01", "gpu-00", "gpu-05")


def test_names_are_kept_unless_taken_or_left_out() -> None:
    rules = Rules(pinned={B: "keep"}, leave_out=["gone"])
    problem = replace(example_problem(3), rules=rules)
    named = name_gpus(problem, placement(problem, (A, "gone"), (B, "gpu-00"), (C, "own")))
    assert named.names == ("gpu-00", "keep", "own")


def test_names_of_running_engines_come_last() -> None:
    running = placement(example_problem(3), (A, ""), (B, ""))
    problem = replace(example_problem(3), previous=running)
    named = name_gpus(problem, placement(problem, (A, "gpu-00"), (B, ""), (C, "")))
    assert named.names == ("gpu-00", "gpu-02", "gpu-03")
    limited = replace(problem, max_gpus=3)
    named = name_gpus(limited, placement(limited, (A, "gpu-00"), (B, ""), (C, "")))
    assert named.names == ("gpu-00", "gpu-02", "gpu-01")
