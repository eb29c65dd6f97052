"""StrategyContract: what every strategy has to keep, with any objective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_adapters, example_profile
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, Energy, GpuCount, Latency, Lexicographic, Slo, Weighted
from placer.objectives.objective import Objective, Relaxation
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.rules import Rules
from placer.solve import solve
from placer.strategies.base import Strategy
from placer.testing.examples import example_problem
from twin.workload.adapter import Adapter
from twin.workload.rank import legal_rank
from twin.workload.workload import Workload

__all__ = ["EVERY_OBJECTIVE", "StrategyContract"]


@dataclass(frozen=True, slots=True)
class _SlotCost:
    """An objective that none of the strategies knows: GPUs, then slots."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (1.0, float(gpu.plan.config.max_loras))

    def admissible(self, estimate: Estimate) -> bool:
        return estimate.served_ratio > 0.95

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (float(relaxation.min_gpus), 1.0)


@dataclass(slots=True)
class _Interrupting:
    """An estimator during whose n-th call the user presses Ctrl-C."""

    estimator: Estimator
    calls_left: int
    calls: int = field(default=0, init=False)

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.calls += 1
        if self.calls == self.calls_left:
            raise KeyboardInterrupt
        return self.estimator.estimate(candidates, rule)


_RULES = (
    Rules(min_replicas=2),
    Rules(min_replicas={"adapter-003": 3}, apart=[["adapter-003", "adapter-004"]]),
    Rules(together=[["adapter-000", "adapter-011"], ["adapter-001", "adapter-020"]]),
    Rules(apart=[[f"adapter-{i:03d}" for i in range(5)]], max_lora_rank=16),
    Rules(
        pinned={"adapter-002": "gpu-01", "adapter-005": "gpu-01", "adapter-007": "gpu-00"},
        profiles={"adapter-003": "example-0"},
        leave_out=["gpu-02"],
    ),
)


def _broken_without(rules: Rules) -> list[str]:
    """Names of the rules that are there."""
    return [f.name for f in fields(rules) if getattr(rules, f.name) != getattr(Rules(), f.name)]


EVERY_OBJECTIVE: tuple[Objective, ...] = (
    Cost(),
    Energy(),
    Slo(ttft=0.05, tpot=0.012),
    Slo(ttft=0.2, min_share=0.9),
    Weighted((GpuCount(), Latency(), Energy()), (1.0, 10.0, 0.001)),
    Lexicographic((GpuCount(), Slo(), _SlotCost())),
)
"""Objectives that every strategy is tested with, beside those of most tests."""


class StrategyContract:
    """What `solve` and its callers rely on.

    Attributes
    ----------
    slack : int
        Factor on the numbers of GPUs that there are in the tests, for strategies that waste some.
    """

    slack = 1

    @pytest.fixture
    def strategy(self) -> Strategy:
        """The strategy to be tested."""
        raise NotImplementedError

    @pytest.fixture
    def estimator(self) -> Estimator:
        """A quick estimator."""
        return ClosedFormEstimator()

    @pytest.fixture(params=[GpuCount(), Latency(), Latency("tpot", "p99"), _SlotCost()], ids=repr)
    def objective(self, request: pytest.FixtureRequest) -> Objective:
        """Objectives that it is tested with."""
        objective: Objective = request.param
        return objective

    @pytest.mark.parametrize("max_gpus", [None, 8])
    def test_every_adapter_is_placed_on_gpus_that_serve_it(
        self, strategy: Strategy, estimator: Estimator, objective: Objective, max_gpus: int | None
    ) -> None:
        problem = example_problem(max_gpus=max_gpus)
        result = _solve(problem, strategy, estimator, objective)
        assert result.is_feasible()
        assert result.status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
        assert result.reason == ""
        totals = result.placement.total_shares()
        assert sorted(totals) == sorted(a.name for a in problem.workload.adapters)
        assert all(total == pytest.approx(1) for total in totals.values())
        assert max_gpus is None or len(result.placement.gpus) <= max_gpus
        _check_gpus(problem, estimator, objective, result)

    @pytest.mark.parametrize("every", EVERY_OBJECTIVE, ids=lambda o: type(o).__name__)
    def test_every_objective_is_served(
        self, strategy: Strategy, estimator: Estimator, every: Objective
    ) -> None:
        problem = example_problem(max_gpus=8 * self.slack)
        result = _solve(problem, strategy, estimator, every)
        assert result.is_feasible()
        assert result.value >= result.lower_bound
        _check_gpus(problem, estimator, every, result)

    def test_the_problem_is_not_modified(self, strategy: Strategy, estimator: Estimator) -> None:
        problem = example_problem()
        _solve(problem, strategy, estimator, GpuCount())
        assert problem == example_problem()

    def test_same_seed_same_result(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        one, two = (_solve(example_problem(), strategy, estimator, objective) for _ in range(2))
        assert replace(one, runtime=0.0).to_dict() == replace(two, runtime=0.0).to_dict()

    def test_the_result_is_read_back_as_it_was(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        result = _solve(example_problem(), strategy, estimator, objective)
        assert Result.from_dict(result.to_dict()).to_dict() == result.to_dict()

    def test_an_adapter_too_hot_for_one_gpu_is_shared(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        problem = example_problem(6)
        hot = replace(problem.workload.adapters[0], name="hot", rate=60.0)
        problem = replace(problem, workload=Workload((*problem.workload.adapters, hot)))
        result = _solve(problem, strategy, estimator, objective)
        assert result.is_feasible()
        holders = [plan for plan in result.placement.gpus if "hot" in dict(plan.shares)]
        assert len(holders) >= 2
        _check_gpus(problem, estimator, objective, result)

    def test_counts_of_gpu_types_are_kept(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        first, second = 3 * self.slack, 5 * self.slack
        problem = example_problem(48, counts=(first, second))
        result = _solve(problem, strategy, estimator, objective)
        assert result.is_feasible()
        used = [plan.profile_name for plan in result.placement.gpus]
        assert used.count("example-0") <= first
        assert used.count("example-1") <= second

    def test_adapters_go_to_gpus_that_serve_their_base_model(
        self, strategy: Strategy, estimator: Estimator
    ) -> None:
        small, large = example_profile("small"), replace(example_profile("large"), model="other")
        adapters = example_adapters(12, rates=(4.0,))
        mixed = tuple(
            replace(a, base_model="other" if i % 2 else "example-8b")
            for i, a in enumerate(adapters)
        )
        problem = Problem(Workload(mixed), (GpuType(small), GpuType(large)))
        result = _solve(problem, strategy, estimator, GpuCount())
        assert result.is_feasible()
        models = {a.name: a.base_model for a in mixed}
        for plan in result.placement.gpus:
            expected = problem.gpu_type(plan.profile_name).profile.model
            assert {models[name] for name, _ in plan.shares} == {expected}

    def test_base_models_share_the_gpus_of_a_pool(
        self, strategy: Strategy, estimator: Estimator
    ) -> None:
        one, two = example_profile("one"), replace(example_profile("two"), model="other")
        adapters = tuple(
            replace(a, base_model="other" if i % 4 == 0 else "example-8b")
            for i, a in enumerate(example_adapters(24, rates=(4.0,)))
        )
        count = 5 * self.slack
        fleet = (GpuType(one, count, "all"), GpuType(two, count, "all"))
        problem = Problem(Workload(adapters), fleet)
        result = _solve(problem, strategy, estimator, GpuCount())
        assert result.is_feasible()
        assert len(result.placement.gpus) <= count
        assert {plan.profile_name for plan in result.placement.gpus} == {"one", "two"}

    @pytest.mark.parametrize("rules", _RULES, ids=lambda rules: ", ".join(_broken_without(rules)))
    def test_rules_are_kept(
        self, strategy: Strategy, estimator: Estimator, objective: Objective, rules: Rules
    ) -> None:
        problem = replace(example_problem(max_gpus=8 * self.slack), rules=rules)
        result = _solve(problem, strategy, estimator, objective)
        assert result.is_feasible()
        _check_gpus(problem, estimator, objective, result)
        placement = result.placement
        for plan in placement.gpus:
            assert rules.violation(plan.shares) is None
        for name, gpu in rules.pinned.items():
            assert name in dict(placement.gpus[placement.names.index(gpu)].shares)
        assert not set(placement.names) & set(rules.leave_out)

    def test_too_few_gpus_are_a_status_with_a_reason(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        result = _solve(example_problem(48, max_gpus=2), strategy, estimator, objective)
        assert result.status is SolveStatus.INFEASIBLE
        assert not result.is_feasible()
        assert "at least" in result.reason
        assert result.placement.unplaced
        assert len(result.placement.gpus) <= 2

    def test_an_adapter_that_no_gpu_serves_is_a_status_with_a_reason(
        self, strategy: Strategy
    ) -> None:
        result = _solve(
            example_problem(6), strategy, ClosedFormEstimator(capacity=0.01), GpuCount()
        )
        assert result.status is SolveStatus.INFEASIBLE
        assert "no GPU serves" in result.reason
        assert math.isinf(result.value[0])

    @pytest.mark.parametrize("max_estimates", [1, 10, 40])
    def test_a_spent_budget_keeps_the_best_placement(
        self, strategy: Strategy, estimator: Estimator, objective: Objective, max_estimates: int
    ) -> None:
        problem = example_problem(48)
        budget = Budget(max_estimates=max_estimates)
        result = _solve(problem, strategy, estimator, objective, budget)
        assert result.status in (SolveStatus.TIME_LIMIT, *_DONE)
        placed = set(result.placement.total_shares()) | set(result.placement.unplaced)
        assert placed == {a.name for a in problem.workload.adapters}
        _check_gpus(problem, estimator, objective, result)

    def test_time_runs_out(self, strategy: Strategy, estimator: Estimator) -> None:
        ticks = iter(np.arange(0.0, 1e6, 0.25))
        budget = Budget(time_limit=2.0, clock=lambda: float(next(ticks)))
        result = _solve(example_problem(48), strategy, estimator, GpuCount(), budget)
        assert result.status in (SolveStatus.TIME_LIMIT, *_DONE)
        assert result.runtime > 0

    def test_a_polite_interruption_keeps_the_best_placement(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        budget = Budget()
        budget.interrupted = lambda: budget.num_estimates >= 20
        result = _solve(example_problem(48), strategy, estimator, objective, budget)
        assert result.status in (SolveStatus.INTERRUPTED, *_DONE)
        assert result.status in _DONE or "interrupted" in result.reason

    @pytest.mark.parametrize("calls", [2, 8, 16])  # the first is before the search, to warm up
    def test_ctrl_c_keeps_the_best_placement(
        self, strategy: Strategy, estimator: Estimator, objective: Objective, calls: int
    ) -> None:
        problem = example_problem(48)
        interrupting = _Interrupting(estimator, calls)
        result = _solve(problem, strategy, interrupting, objective)
        assert result.status in (SolveStatus.INTERRUPTED, *_DONE)
        _check_gpus(problem, estimator, objective, result)

    def test_nothing_is_printed(
        self, strategy: Strategy, estimator: Estimator, capfd: pytest.CaptureFixture[str]
    ) -> None:
        _solve(example_problem(max_gpus=8), strategy, estimator, Latency())
        assert capfd.readouterr() == ("", "")

    def test_no_value_is_below_its_lower_bound(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        result = _solve(example_problem(), strategy, estimator, objective)
        assert result.value >= result.lower_bound
        assert result.gap >= 0
        if result.status is SolveStatus.OPTIMAL:
            assert result.gap < 1e-8


_DONE = (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)


def _solve(
    problem: Problem,
    strategy: Strategy,
    estimator: Estimator,
    objective: Objective,
    budget: Budget | None = None,
) -> Result:
    return solve(problem, strategy, estimator, objective, budget, verify=False)


def _check_gpus(
    problem: Problem, estimator: Estimator, objective: Objective, result: Result
) -> None:
    """Every GPU is configured as it should be, admissible, and costs what the result says."""
    evaluator = Evaluator(estimator, objective, problem)
    gpus = evaluator.evaluate(result.placement.gpus)
    for gpu, figures in zip(gpus, result.gpus, strict=True):
        config, candidate = gpu.plan.config, gpu.candidate
        assert candidate.profile.memory_error(config) is None
        largest = max(a.rank for a in candidate.adapters)
        assert config.max_lora_rank == legal_rank(max(largest, problem.rules.max_lora_rank))
        assert 1 <= config.max_loras <= len(candidate.adapters)
        assert gpu.admissible
        assert figures.estimate == gpu.estimate
        assert figures.cost == gpu.cost
    if gpus:
        assert result.value == pytest.approx(evaluator.value(gpus))
    _check_shares(problem.workload.adapters, result)


def _check_shares(adapters: Sequence[Adapter], result: Result) -> None:
    totals = result.placement.total_shares()
    for adapter in adapters:
        total = totals.get(adapter.name, 0.0)
        if adapter.name in result.placement.unplaced:
            assert total < 1
        else:
            assert total == pytest.approx(1)
