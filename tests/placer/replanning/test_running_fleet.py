"""The running fleet between two placements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.replanning.running_fleet import RunningFleet
from placer.testing import example_problem

PROBLEM = replace(example_problem(4), max_gpus=2)
PROFILE = PROBLEM.fleet[0].profile
NAMES = tuple(adapter.name for adapter in PROBLEM.workload.adapters)


def plan(name: str, slots: int, *numbers: int) -> GpuPlan:
    shares = tuple((NAMES[i], 1.0) for i in numbers)
    return GpuPlan(PROFILE.name, PROFILE.engine_config(slots, 32), shares, name)


BEFORE = Placement((plan("a", 2, 0, 1), plan("b", 2, 2, 3)))
AFTER = Placement((plan("a", 2, 0, 1, 2), plan("c", 4, 3)))


@pytest.fixture
def fleet() -> RunningFleet:
    return RunningFleet(PROBLEM, BEFORE, AFTER)


def test_engines_that_are_the_same_go_on(fleet: RunningFleet) -> None:
    assert fleet.kept == ("a",)
    assert fleet.up == {"a"}
    assert fleet.leaving() == ["b"]
    assert fleet.holds == {"a": {*NAMES[:2]}, "b": {*NAMES[2:]}}
    assert fleet.holders(NAMES[2]) == ["b"]
    assert fleet.served_by("b") == sorted(NAMES[2:])


def test_an_engine_starts_where_a_gpu_is_free(fleet: RunningFleet) -> None:
    assert fleet.startable() == []
    assert fleet.startable(without="b") == ["c"]
    for name in NAMES[2:]:
        fleet.route(name, {"a": 1.0})
    assert fleet.served_by("b") == []
    fleet.stop("b")
    assert fleet.startable() == ["c"]
    fleet.start("c")
    assert (fleet.up, fleet.leaving()) == ({"a", "c"}, [])
    assert fleet.holds["c"] == {NAMES[3]}


def test_requests_are_routed_elsewhere_or_nowhere(fleet: RunningFleet) -> None:
    fleet.route(NAMES[0], {"a": 0.5, "b": 0.5})
    assert NAMES[0] in fleet.served_by("b")
    fleet.route(NAMES[0], {})
    assert NAMES[0] not in fleet.routes
    assert NAMES[0] not in fleet.served_by("a") + fleet.served_by("b")


def test_shelter_is_a_gpu_that_may_hold_the_adapter(fleet: RunningFleet) -> None:
    assert fleet.shelter(NAMES[2], leaving="b") == "a"
    assert fleet.shelter(NAMES[0], leaving="a") == "b"
    apart: Problem = replace(PROBLEM, rules=Rules(apart=[[NAMES[0], NAMES[2]]]))
    assert RunningFleet(apart, BEFORE, AFTER).shelter(NAMES[2], leaving="b") is None
