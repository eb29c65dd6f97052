"""Churn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import Churn, GpuCount, Lexicographic, Weighted
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import Milp
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


def running(*groups: str, number: int = 8, max_loras: int = 4) -> Problem:
    """A problem whose adapters, by their last digit, are on some GPUs now."""
    problem = example_problem(number)
    profile = problem.fleet[0].profile
    config = profile.engine_config(max_loras, 32)
    plans = tuple(
        GpuPlan(profile.name, config, tuple((f"adapter-00{digit}", 1.0) for digit in group))
        for group in groups
    )
    return replace(problem, previous=Placement(plans))


def churn_of(problem: Problem, group: str, max_loras: int = 4) -> float:
    evaluator = Evaluator(ClosedFormEstimator(), Churn(), problem)
    profile = problem.fleet[0].profile
    shares = tuple((f"adapter-00{digit}", 1.0) for digit in group)
    plan = GpuPlan(profile.name, profile.engine_config(max_loras, 32), shares)
    return evaluator.evaluate([plan])[0].cost[0]


class TestChurn(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Weighted:
        return Weighted((GpuCount(), Churn()), (1.0, 0.1))

    @pytest.fixture
    def problem(self) -> Problem:
        return running("012", "345", number=6)


@pytest.mark.parametrize(
    ("group", "moves"),
    [
        ("0123", 0),  # as it is
        ("012", 0),  # three of four go on
        ("01", 2),  # half of them: the engine might go on elsewhere
        ("01245", 2),  # two come from the other GPU
        ("01236", 0),  # an adapter that is new is loaded in any case
        ("0145", 2),  # goes on with the smaller engine
        ("4", 1),
    ],
)
def test_adapters_that_are_loaded_elsewhere_count(group: str, moves: int) -> None:
    assert churn_of(running("0123", "45"), group) == moves


def test_another_configuration_is_a_restart() -> None:
    assert churn_of(running("0123", "45"), "0123", max_loras=2) == 4


def test_a_gpu_that_is_left_out_does_not_go_on() -> None:
    problem = running("0123", "45")
    left_out = replace(problem, rules=replace(problem.rules, leave_out=["gpu-00"]))
    assert churn_of(left_out, "0123") == 4


def test_adapters_with_different_homes_are_not_interchangeable() -> None:
    problem = example_problem(24)  # adapters 12 apart are equal but for their names
    profile = problem.fleet[0].profile
    config = profile.engine_config(4, 32)
    plans = tuple(
        GpuPlan(profile.name, config, tuple((f"adapter-0{i:02d}", 1.0) for i in numbers))
        for numbers in ((0, 1), (12,), (2, 14))
    )
    problem = replace(problem, previous=Placement(plans))
    plain = Evaluator(ClosedFormEstimator(), GpuCount(), problem).classes
    careful = Evaluator(ClosedFormEstimator(), Lexicographic((GpuCount(), Churn())), problem)
    number = careful.classes.adapter_class
    assert plain.adapter_class("adapter-000") == plain.adapter_class("adapter-012")
    assert number("adapter-000") != number("adapter-012")
    assert number("adapter-001") != number("adapter-013")
    assert number("adapter-002") == number("adapter-014")


def test_what_runs_well_goes_on() -> None:
    problem = example_problem(24)
    first = solve(problem, Milp(), ClosedFormEstimator(), GpuCount(), verify=False)
    again = replace(problem, previous=first.placement)
    second = solve(again, Milp(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert second.value == (len(first.placement.gpus), 0.0)


def test_without_a_previous_placement_there_is_no_churn() -> None:
    with pytest.raises(InputError, match="there is no previous placement; give previous=FILE"):
        Evaluator(ClosedFormEstimator(), Lexicographic((Churn(),)), example_problem(3))
