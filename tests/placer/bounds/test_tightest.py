"""The tightest bound and its name."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds import Bound, IdleEngines, KnownCount, tightest_bound
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount, Latency, Slo
from placer.testing import example_problem

PROBLEM = example_problem(4)
EVALUATOR = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)


def known(name: str, number: int) -> KnownCount:
    return KnownCount(name, number, IdleEngines(EVALUATOR))


def test_the_largest_bound_is_taken_and_the_first_of_equal_ones() -> None:
    relaxations = [known("one", 1), known("two", 2), known("again", 2)]
    assert tightest_bound(GpuCount(), PROBLEM, relaxations) == Bound((2.0,), "two")


def test_a_bound_of_idle_engines_is_called_so() -> None:
    bound = tightest_bound(Slo(ttft=0.01), PROBLEM, [known("one", 1)])
    assert bound.name == "idle engines"
    assert bound.value[0] > 0


def test_of_several_things_that_were_asked_for_all_are_named() -> None:
    bound = tightest_bound(Latency(), PROBLEM, [known("one", 1)])
    assert bound.name == "idle engines, one, shared traffic"


def test_a_bound_of_its_own_has_no_name() -> None:
    class Unknown(GpuCount):
        def lower_bound(self, problem, relaxation):  # type: ignore[no-untyped-def]  # as the parent
            return (float("-inf"),)

    assert tightest_bound(Unknown(), PROBLEM, [known("one", 1)]).name == ""


def test_there_has_to_be_a_relaxation() -> None:
    with pytest.raises(ValueError, match="no relaxation"):
        tightest_bound(GpuCount(), PROBLEM, [])
