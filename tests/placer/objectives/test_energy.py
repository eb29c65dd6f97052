"""Energy."""

from __future__ import annotations

import math

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestEnergy(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Energy:
        return Energy()


def test_the_value_is_the_power_of_the_gpus() -> None:
    problem = example_problem(8, max_gpus=4)
    estimator = ClosedFormEstimator()
    result = solve(problem, FirstFit(), estimator, Energy(), verify=False)
    gpus = Evaluator(estimator, Energy(), problem).evaluate(result.placement.gpus)
    assert result.value == pytest.approx((sum(gpu.estimate.power for gpu in gpus),))
    served = sum(gpu.estimate.served_throughput for gpu in gpus)
    # The formula's power is linear in the load, so few GPUs are best.
    assert result.value == pytest.approx((100 * len(gpus) + 500 * served / 10_000,))


def test_a_profile_without_power_is_named() -> None:
    problem = example_problem(3)
    evaluator = Evaluator(ClosedFormEstimator(), Energy(), problem)
    plan = evaluator.plan(problem.fleet[0], 1, {"adapter-000": 1.0})
    (gpu,) = evaluator.evaluate([plan])
    dark = Estimate(1.0, 1.0, 0.0, False, math.nan, 0.0)
    with pytest.raises(InputError, match="profile example-0: its power is not known"):
        Energy().gpu_cost(gpu.planned, dark)
