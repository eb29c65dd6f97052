"""Cost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.objectives import Cost
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import Milp
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestCost(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Cost:
        return Cost()


def priced(*prices: float) -> Problem:
    problem = example_problem(24, (4.0,), counts=(None,) * len(prices))
    fleet = tuple(
        GpuType(replace(t.profile, price_per_hour=price))
        for t, price in zip(problem.fleet, prices, strict=True)
    )
    return replace(problem, fleet=fleet)


@pytest.mark.parametrize(
    ("prices", "chosen"), [((2.0, 3.0), "example-0"), ((3.0, 2.0), "example-1")]
)
def test_the_cheaper_of_equal_gpus_is_rented(prices: tuple[float, ...], chosen: str) -> None:
    result = solve(priced(*prices), Milp(), ClosedFormEstimator(), Cost(), verify=False)
    assert {plan.profile_name for plan in result.placement.gpus} == {chosen}
    assert result.value == (2.0 * len(result.placement.gpus),)
    assert 2.0 <= result.lower_bound[0] <= result.value[0]


def test_a_profile_without_a_price_is_named() -> None:
    with pytest.raises(InputError, match="profile example-0: it has no price_per_hour"):
        solve(priced(math.nan), Milp(), ClosedFormEstimator(), Cost(), Budget(), verify=False)
