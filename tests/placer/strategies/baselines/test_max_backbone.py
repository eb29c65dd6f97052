"""MaxBackbone."""

from __future__ import annotations

from estimators.closed_form import ClosedFormEstimator
from placer.problem.result import SolveStatus
from placer.strategies.baselines import MaxBackbone
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


def test_as_published_gpus_are_filled_to_the_backbone_in_order() -> None:
    # The backbone serves 9,900 tokens/s, 19 adapters of 500; with these it serves only 8,300.
    result = place(problem_of([5.0] * 40), MaxBackbone(admissible=False))
    contents = holdings(result)
    assert [len(content) for content in contents] == [19, 19, 2]
    assert sorted(contents[0]) == [f"a{i:02d}" for i in range(19)]
    assert result.status is SolveStatus.INFEASIBLE
    assert "GPU 0, 1 of the method's own" in result.reason


def test_gpus_are_added_and_all_filled_to_the_same_level() -> None:
    result = place(problem_of([5.0] * 40), MaxBackbone())
    assert result.is_feasible()
    assert sorted(len(content) for content in holdings(result)) == [13, 13, 14]


def test_without_costs_of_adapters_it_is_admissible() -> None:
    free = ClosedFormEstimator(adapter_cost=0.0, slot_cost=0.0)
    result = place(problem_of([5.0] * 40), MaxBackbone(admissible=False), free)
    assert result.is_feasible()
    assert [len(content) for content in holdings(result)] == [20, 20]
