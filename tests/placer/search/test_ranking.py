"""Which of two placements is better."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.planned_gpu import EvaluatedGpu
from placer.search.ranking import Ranking
from placer.testing import example_problem


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(4, (1.0,)))


def gpus(evaluator: Evaluator, *groups: tuple[int, ...]) -> list[EvaluatedGpu]:
    """GPUs with adapters of these numbers."""
    names = sorted(evaluator.adapters)
    gpu_type = evaluator.problem.fleet[0]
    plans = [
        evaluator.plan(gpu_type, len(group), dict.fromkeys([names[k] for k in group], 1.0))
        for group in groups
    ]
    return evaluator.evaluate(plans)


@pytest.mark.parametrize("fewest_first", [False, True])
def test_traffic_without_a_gpu_counts_before_the_value(
    evaluator: Evaluator, fewest_first: bool
) -> None:
    ranking = Ranking(evaluator, fewest_first=fewest_first)
    nothing, half = ranking.of([]), ranking.of(gpus(evaluator, (0, 1)))
    two, one = (
        ranking.of(gpus(evaluator, (0, 1), (2, 3))),
        ranking.of(gpus(evaluator, (0, 1, 2, 3))),
    )
    assert one < two < half < nothing
    assert 0.0 == one[0] < half[0] < nothing[0] == 1.0


def test_fewer_gpus_may_count_before_the_value(evaluator: Evaluator) -> None:
    placed = gpus(evaluator, (0, 1), (2, 3))
    assert Ranking(evaluator, fewest_first=True).of(placed)[1] == 2
    assert Ranking(evaluator, fewest_first=False).of(placed)[1] == 0


def test_a_gpu_is_remembered_by_what_it_is(evaluator: Evaluator) -> None:
    ranking = Ranking(evaluator, fewest_first=False)
    placed = gpus(evaluator, (0, 1, 2, 3))
    assert ranking.of(placed) == ranking.of(placed) == ranking.of(gpus(evaluator, (0, 1, 2, 3)))


def test_what_leaves_more_traffic_than_the_best_is_worse_without_a_further_look(
    evaluator: Evaluator,
) -> None:
    ranking = Ranking(evaluator, fewest_first=False)
    best, half = gpus(evaluator, (0, 1, 2, 3)), gpus(evaluator, (0, 1))
    rank = ranking.of(best)
    assert ranking.of(half, rank) > rank
    assert ranking.of(half, rank) != ranking.of(half)
    assert ranking.of(best, ranking.of(half)) == ranking.of(best, rank) == rank
