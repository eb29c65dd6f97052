"""Lexicographic and Weighted."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, Energy, GpuCount, Latency, Lexicographic, Slo, Weighted
from placer.objectives.objective import Objective
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError

PARTS = (GpuCount(), Latency(), Energy())


class TestLexicographic(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Lexicographic:
        return Lexicographic((Lexicographic((Cost(), GpuCount())), Latency("tpot")))


class TestWeighted(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Weighted:
        return Weighted(PARTS, (1.0, 2.0, 0.01))


def cost_of(objective: Objective) -> tuple[float, ...]:
    problem = example_problem(6)
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    plan = evaluator.plan(problem.fleet[0], 3, {f"adapter-00{i}": 1.0 for i in range(3)})
    return evaluator.evaluate([plan])[0].cost


def test_components_follow_each_other() -> None:
    parts = [component for part in PARTS for component in cost_of(part)]
    assert cost_of(Lexicographic(PARTS)) == tuple(parts)
    assert cost_of(Weighted(PARTS, (1.0, 2.0, 0.01))) == pytest.approx(
        (parts[0] + 2 * parts[1] + 0.01 * parts[2],)
    )


def test_a_weight_of_zero_takes_an_objective_out() -> None:
    assert cost_of(Weighted(PARTS, (1.0, 0.0, 0.0))) == (1.0,)


def test_what_any_part_rejects_is_not_admissible() -> None:
    strict = Slo(1e-3, min_share=0.9)
    for objective in (Lexicographic((GpuCount(), strict)), Weighted((GpuCount(), strict), (1, 1))):
        result = solve(
            example_problem(4), FirstFit(), ClosedFormEstimator(), objective, verify=False
        )
        assert not result.is_feasible()


def test_gpus_are_traded_for_latency_by_weight() -> None:
    counts = []
    for weight in (0.0, 30.0, 3000.0):
        objective = Weighted((GpuCount(), Latency()), (1.0, weight))
        result = solve(
            example_problem(24, max_gpus=8), FirstFit(), ClosedFormEstimator(), objective,
            verify=False,
        )  # fmt: skip
        counts.append(len(result.placement.gpus))
    assert counts[0] < counts[2]
    assert counts == sorted(counts)


def test_weights_are_for_objectives_of_one_component() -> None:
    with pytest.raises(InputError, match="has 3 components; weight objectives of one"):
        cost_of(Weighted((Lexicographic(PARTS),), (1.0,)))


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (1.0, float("nan"))])
def test_weights_are_checked(weights: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"objective\.weights"):
        Weighted((GpuCount(), Latency()), weights)


def test_there_has_to_be_an_objective() -> None:
    for make in (lambda: Lexicographic(()), lambda: Weighted((), ())):
        with pytest.raises(InputError, match="there is none"):
            make()
