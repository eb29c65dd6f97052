"""First placement, and searches that end before they have another one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.equilibrium_backed import EquilibriumEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, Energy, FewestGpus, GpuCount, Latency
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.first_placement import FirstPlacement
from placer.search.run_search import run_search
from placer.search.search import Search
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LengthModel
from twin.workload.workload import Workload

PROBLEM = example_problem(48)


def made(
    problem: Problem = PROBLEM, capacity: float = 10_000.0
) -> tuple[FirstPlacement, Evaluator]:
    evaluator = Evaluator(ClosedFormEstimator(capacity), GpuCount(), problem)
    return FirstPlacement(problem, GpuCount()), evaluator


def test_it_is_packed_without_an_estimate_and_checked_with_one_for_each_gpu() -> None:
    first, evaluator = made(capacity=50_000.0)
    number = len(first.plans())
    assert evaluator.num_estimates == 0
    first.check(evaluator)
    assert first.checked is not None
    assert all(gpu.admissible for gpu in first.checked)
    assert len(first.checked) == number >= evaluator.num_estimates > 0


def test_what_the_estimator_rejects_is_packed_with_less_room() -> None:
    first, evaluator = made(capacity=5_000.0)
    before = len(first.plans())
    first.check(evaluator)
    assert first.checked is not None
    assert all(gpu.admissible for gpu in first.checked)
    assert len(first.checked) > before


def test_gpus_on_which_requests_wait_for_slots_are_packed_with_more_of_them() -> None:
    """They serve everything, and the default objective rejects them."""
    lengths = CopulaLengths(FixedLength(200), FixedLength(400))
    rare = tuple(Adapter(f"a{i:02d}", 8, 0.02, lengths) for i in range(40))
    problem = Problem(
        Workload(rare), (GpuType(example_profile()),), latency_limits=LatencyLimits(1.0)
    )
    evaluator = Evaluator(TwinEstimator(), FewestGpus(), problem)
    first = FirstPlacement(problem, FewestGpus())
    (rejected,) = evaluator.evaluate(first.plans())
    assert not rejected.admissible
    assert rejected.plan.config.max_loras < 40
    first.check(evaluator)
    assert first.checked is not None


LONG = CopulaLengths(FixedLength(2000), FixedLength(20))


def late(
    ttft: float, *lengths: LengthModel, rate: float = 5.0
) -> tuple[FirstPlacement, Evaluator]:
    """An adapter for each of some lengths, with a limit on the time to first token."""
    adapters = tuple(Adapter(f"a{i}", 8, rate, length) for i, length in enumerate(lengths))
    fleet = (GpuType(example_profile()),)
    problem = Problem(Workload(adapters), fleet, latency_limits=LatencyLimits(ttft))
    evaluator = Evaluator(TwinEstimator(), FewestGpus(), problem)
    return FirstPlacement(problem, FewestGpus()), evaluator


def test_there_is_none_where_an_adapter_is_late_even_alone() -> None:
    short = CopulaLengths(FixedLength(200), FixedLength(20))
    first, evaluator = late(0.05, short, LONG, short)
    first.check(evaluator)
    assert first.hopeless == ("a1",)
    assert first.checked is None
    assert first.plans() == []
    assert evaluator.num_estimates < 10


def test_what_is_late_beside_anything_gets_gpus_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EquilibriumEstimator, "estimate", _optimistic)
    first, evaluator = late(0.2, LONG, LONG)
    first.check(evaluator)
    assert first.hopeless == ()
    assert first.checked is not None
    contents = [gpu.plan.shares for gpu in first.checked]
    assert sorted(contents) == [(("a0", 0.5),)] * 2 + [(("a1", 0.5),)] * 2


def _optimistic(
    self: EquilibriumEstimator, candidates: Sequence[Candidate], rule: StarvationRule
) -> Estimates:
    return ClosedFormEstimator(capacity=1e9).estimate(candidates, rule)


@pytest.mark.parametrize("capacity", [0.01, 5_000.0])
def test_there_is_none_where_gpus_are_too_weak_or_too_few(capacity: float) -> None:
    first, evaluator = made(example_problem(48, max_gpus=9), capacity)
    first.check(evaluator)
    assert first.checked is None
    assert first.plans() == []


def test_cheap_gpus_that_are_too_many_give_way_to_larger_ones() -> None:
    large = PROBLEM.fleet[0].profile
    slow = replace(large.step_time, base=4 * large.step_time.base)
    small = replace(large, name="small", step_time=slow, price_per_hour=0.01)
    problem = replace(PROBLEM, fleet=(GpuType(large), GpuType(small)))
    number = len(FirstPlacement(PROBLEM, GpuCount()).plans())
    assert len(FirstPlacement(problem, Cost()).plans()) > number
    plans = FirstPlacement(replace(problem, max_gpus=number), Cost()).plans()
    assert len(plans) == number


def test_a_check_goes_on_where_it_ended() -> None:
    first, evaluator = made(capacity=5_000.0)
    budget = Budget(max_estimates=3)
    with evaluator.within(budget), pytest.raises(BudgetExhausted):
        first.check(evaluator)
    first.check(evaluator)
    whole, other = made(capacity=5_000.0)
    whole.check(other)
    assert first.checked == whole.checked


def nothing(search: Search) -> None:
    """A strategy that finds nothing until its end."""
    search.items()
    while True:
        search.budget.check()
        search.evaluator.budget.spend(1)


def run(body: Callable[[Search], None], objective: Objective, budget: Budget) -> Result:
    evaluator = Evaluator(ClosedFormEstimator(), objective, PROBLEM, budget)
    rng = np.random.default_rng(0)
    return run_search("mine", body, PROBLEM, evaluator, budget, rng)


@pytest.mark.parametrize("objective", [GpuCount(), Latency(), Energy()], ids=repr)
def test_a_search_that_ends_early_has_it(objective: Objective) -> None:
    result = run(nothing, objective, Budget(max_estimates=60))
    assert result.status is SolveStatus.TIME_LIMIT
    assert result.reason == "the budget was spent; the placement is a first one"
    assert result.placement.unplaced == ()
    assert result.is_feasible()
    assert all(figures.estimate.starvation_probability == 0 for figures in result.gpus)
    assert result.lower_bound <= result.value
    assert result.num_estimates <= 90


@pytest.mark.parametrize("objective", [GpuCount(), Latency(), Energy()], ids=repr)
def test_without_time_to_check_it_has_no_value_and_is_not_feasible(objective: Objective) -> None:
    result = run(nothing, objective, Budget(max_estimates=2))
    assert result.status is SolveStatus.UNCHECKED
    assert result.reason == (
        "the budget was spent; the placement is a first one, NOT checked by the estimator"
    )
    assert result.placement.unplaced == ()
    assert not result.is_feasible()
    assert result.value == (math.inf,) * len(result.lower_bound)
    assert result.gap == math.inf
    assert result.num_estimates <= 3
    assert [figures.cost for figures in result.gpus] == [result.value] * len(result.gpus)
    assert Result.from_dict(result.to_dict()).to_dict() == result.to_dict()


def test_an_interrupted_search_has_it_though_it_had_no_limits() -> None:
    budget = Budget()
    budget.interrupted = lambda: budget.num_estimates > 200
    result = run(nothing, GpuCount(), budget)
    assert result.status is SolveStatus.INTERRUPTED
    assert result.reason == "the search was interrupted; the placement is a first one"
    assert result.placement.unplaced == ()
    assert result.is_feasible()


def test_a_strategy_that_ends_by_itself_has_its_own_answer() -> None:
    result = run(lambda search: None, GpuCount(), Budget(max_estimates=60))
    assert result.status is SolveStatus.INFEASIBLE
    assert len(result.placement.unplaced) == 48
