"""Objectives that count moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, Energy, GpuCount, Latency, Lexicographic, Slo, Weighted
from placer.objectives.objective import Objective, gpus_are_free, is_continuous
from placer.problem.placement import GpuPlan, Placement
from placer.replanning.objective import WithMoves
from placer.testing import ObjectiveContract, example_problem

PROBLEM = example_problem(8)
PROFILE = PROBLEM.fleet[0].profile
SHARES = tuple((f"adapter-00{i}", 1.0) for i in range(4))
PLAN = GpuPlan(PROFILE.name, PROFILE.engine_config(4, 32), SHARES)
REPLANNED = replace(PROBLEM, previous=Placement((PLAN,)))


class TestWithMoves(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> WithMoves:
        return WithMoves(Lexicographic((GpuCount(), Latency())), 0.1)

    @pytest.fixture
    def problem(self) -> object:
        return REPLANNED


@pytest.mark.parametrize(
    "objective", [GpuCount(), Latency(), Lexicographic((GpuCount(), Slo())), Energy()], ids=repr
)
def test_moves_have_a_price_and_break_ties_after_the_first_component(
    objective: Objective,
) -> None:
    plain = Evaluator(ClosedFormEstimator(), objective, REPLANNED)
    counted = Evaluator(ClosedFormEstimator(), WithMoves(objective, 0.5), REPLANNED)
    moved = replace(PLAN, config=PROFILE.engine_config(5, 32))
    (alone,), (priced,) = plain.evaluate([moved]), counted.evaluate([moved])
    first, *others = alone.cost
    assert priced.cost == (first + 0.5 * 4, 4, *others)
    assert priced.admissible is alone.admissible


@pytest.mark.parametrize(
    ("objective", "free", "continuous"),
    [
        (GpuCount(), False, False),
        (Cost(), False, False),
        (Energy(), False, True),
        (Latency(), True, True),
        (Slo(), True, True),
        (Lexicographic((GpuCount(), Latency())), False, False),
        (Lexicographic((Latency(), GpuCount())), True, True),
        (Weighted((GpuCount(), Latency()), (1, 0.1)), False, True),
        (Weighted((GpuCount(), Latency()), (1, 0)), False, False),
    ],
    ids=repr,
)
def test_what_an_objective_says_of_itself_stays_true(
    objective: Objective, free: bool, continuous: bool
) -> None:
    assert (gpus_are_free(objective), is_continuous(objective)) == (free, continuous)
    counted = WithMoves(objective)
    assert (gpus_are_free(counted), is_continuous(counted)) == (free, continuous)
