"""ObjectiveContract: what every objective has to keep."""

from __future__ import annotations

import math

import pytest

from estimators.base import Candidate, Estimator
from estimators.closed_form import ClosedFormEstimator
from placer.bounds import IdleEngines, PooledRelaxation
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.testing.brute_force import brute_force
from placer.testing.examples import example_problem

__all__ = ["ObjectiveContract"]


class ObjectiveContract:
    """What strategies rely on."""

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
        return example_problem(6, rates=(12.0, 6.0), max_gpus=4)

    def test_costs_are_numbers(
        self, objective: Objective, estimator: Estimator, problem: Problem
    ) -> None:
        evaluator = Evaluator(estimator, objective, problem)
        gpu_type = problem.fleet[0]
        names = [a.name for a in problem.workload.adapters]
        plans = [
            evaluator.plan(gpu_type, min(2, number), dict.fromkeys(names[:number], 1.0))
            for number in range(1, 4)
        ]
        gpus = evaluator.evaluate(plans)
        assert len({len(gpu.cost) for gpu in gpus}) == 1
        assert len(gpus[0].cost) >= 1
        assert all(math.isfinite(cost) for gpu in gpus for cost in gpu.cost)
        assert evaluator.evaluate(plans) == gpus

    def test_admissible_answers_yes_or_no(
        self, objective: Objective, estimator: Estimator, problem: Problem
    ) -> None:
        profile = problem.fleet[0].profile
        adapters = problem.workload.adapters[:1]
        candidate = Candidate(profile, profile.engine_config(1, 32), adapters)
        (estimate,) = estimator.estimate([candidate], problem.starvation)
        assert objective.admissible(estimate) in (True, False)

    def test_the_lower_bound_does_not_exceed_the_optimum(
        self, objective: Objective, estimator: Estimator, problem: Problem
    ) -> None:
        evaluator = Evaluator(estimator, objective, problem)
        optimum = brute_force(evaluator)
        bound = objective.lower_bound(problem, PooledRelaxation(evaluator, IdleEngines(evaluator)))
        assert optimum is not None
        assert len(bound) == len(optimum)
        assert bound <= optimum
