"""ObjectiveContract: the rules of objectives as tests of pytest."""

from __future__ import annotations

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.testing.objective_rules import ObjectiveRules, small_problem

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "ObjectiveContract is for pytest, which is not installed; check_objective does without it"
    ) from error

__all__ = ["ObjectiveContract"]


class ObjectiveContract:
    """What strategies rely on; see `ObjectiveRules`."""

    @pytest.fixture
    def objective(self) -> Objective:
        """The objective to be tested."""
        raise NotImplementedError

    @pytest.fixture
    def estimator(self) -> Estimator:
        """A quick estimator."""
        return ClosedFormEstimator()

    @pytest.fixture
    def problem(self) -> Problem:
        """A problem small enough to try all placements without shares."""
        return small_problem()

    @pytest.fixture
    def contract(
        self, objective: Objective, estimator: Estimator, problem: Problem
    ) -> ObjectiveRules:
        """The rules, for the objective."""
        return ObjectiveRules(objective, estimator, problem)

    def test_costs_are_numbers(self, contract: ObjectiveRules) -> None:
        contract.costs_are_numbers()

    def test_the_same_gpu_costs_the_same(self, contract: ObjectiveRules) -> None:
        contract.the_same_gpu_costs_the_same()

    def test_admissible_answers_yes_or_no(self, contract: ObjectiveRules) -> None:
        contract.admissible_answers_yes_or_no()

    def test_the_lower_bound_does_not_exceed_the_optimum(self, contract: ObjectiveRules) -> None:
        contract.the_lower_bound_does_not_exceed_the_optimum()
