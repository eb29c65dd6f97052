"""The rules of objectives as tests of pytest."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.testing import ObjectiveContract, ObjectiveRules, example_problem


class TestSubclass(ObjectiveContract):
    """What a subclass says goes into the rules."""

    @pytest.fixture
    def objective(self) -> GpuCount:
        return GpuCount()

    @pytest.fixture
    def problem(self) -> Problem:
        return example_problem(3)

    def test_costs_are_numbers(self, contract: ObjectiveRules) -> None:
        assert contract == ObjectiveRules(GpuCount(), ClosedFormEstimator(), example_problem(3))
