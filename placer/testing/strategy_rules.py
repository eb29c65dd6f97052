"""StrategyRules: what every strategy has to keep, with any objective."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_adapters, example_profile
from estimators.testing.requiring import require
from placer.gpu.budget import Budget, BudgetExhausted
from placer.objectives import Cost, Energy, GpuCount, Latency, Lexicographic, Slo, Weighted
from placer.objectives.objective import Objective
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.problem.rules import Rules
from placer.solve import solve
from placer.strategies.base import Strategy
from placer.testing.captured_output import printed_by
from placer.testing.examples import example_problem
from placer.testing.placed_gpus import require_gpus, require_shares
from placer.testing.stand_ins import InterruptedEstimator, SlotCost
from twin.workload.workload import Workload

__all__ = [
    "CALLS",
    "EVERY_OBJECTIVE",
    "LIMITS",
    "MAX_ESTIMATES",
    "OBJECTIVES",
    "RULES",
    "StrategyRules",
]

OBJECTIVES: tuple[Objective, ...] = (GpuCount(), Latency(), Latency("tpot", "p99"), SlotCost())
"""Objectives of most checks."""

EVERY_OBJECTIVE: tuple[Objective, ...] = (
    Cost(),
    Energy(),
    Slo(ttft=0.05, tpot=0.012),
    Slo(ttft=0.2, min_share=0.9),
    Weighted((GpuCount(), Latency(), Energy()), (1.0, 10.0, 0.001)),
    Lexicographic((GpuCount(), Slo(), SlotCost())),
)
"""Objectives that every strategy is checked with, beside those of most checks."""

RULES = (
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
LIMITS = (None, 8)  # GPUs, times the slack
MAX_ESTIMATES = (1, 10, 40)  # at which a search has to end
CALLS = (2, 8, 16)  # of the estimator, in which it is interrupted; the first is to warm up

_DONE = (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)


@dataclass(frozen=True)
class StrategyRules:
    """What `solve` and its callers rely on: every method raises ``AssertionError`` in words.

    Parameters
    ----------
    strategy : Strategy
    estimator : Estimator
        A quick one.
    slack : int
        Factor on the numbers of GPUs that there are, for strategies that waste some.
    """

    strategy: Strategy
    estimator: Estimator = field(default_factory=ClosedFormEstimator)
    slack: int = 1

    def every_adapter_is_placed_on_gpus_that_serve_it(
        self, objective: Objective, limit: int | None
    ) -> None:
        max_gpus = None if limit is None else limit * self.slack
        problem = example_problem(max_gpus=max_gpus)
        result = _solve_feasibly(self, problem, objective)
        require(result.reason == "", f"a feasible result has the reason {result.reason!r}")
        require(
            max_gpus is None or len(result.placement.gpus) <= max_gpus,
            f"{len(result.placement.gpus)} GPUs are used, {max_gpus} may be",
        )

    def every_objective_is_served(self, objective: Objective) -> None:
        _solve_feasibly(self, example_problem(max_gpus=8 * self.slack), objective)

    def the_problem_is_not_modified(self) -> None:
        problem = example_problem()
        _solve(self, problem, GpuCount())
        require(problem == example_problem(), "the problem is another one after the search")

    def same_seed_same_result(self, objective: Objective) -> None:
        one, two = (
            replace(_solve(self, example_problem(), objective), runtime=0.0).to_dict()
            for _ in range(2)
        )
        other = [key for key in one if one[key] != two[key]]
        require(
            not other,
            "same seed gave two results: "
            + "; ".join(f"{key} {one[key]!r} and {two[key]!r}" for key in other),
        )

    def the_result_is_read_back_as_it_was(self, objective: Objective) -> None:
        written = _solve(self, example_problem(), objective).to_dict()
        back = Result.from_dict(written).to_dict()
        other = [key for key in written if written[key] != back[key]]
        require(not other, f"a result that is read is another one in {', '.join(other)}")

    def an_adapter_too_hot_for_one_gpu_is_shared(self, objective: Objective) -> None:
        problem = example_problem(6)
        hot = replace(problem.workload.adapters[0], name="hot", rate=60.0)
        problem = replace(problem, workload=Workload((*problem.workload.adapters, hot)))
        result = _solve_feasibly(self, problem, objective)
        holders = [plan for plan in result.placement.gpus if "hot" in dict(plan.shares)]
        require(len(holders) >= 2, f"it is on {len(holders)} GPU")

    def requests_for_the_base_model_are_served_beside_adapters(self, objective: Objective) -> None:
        for number, rate in ((12, 8.0), (12, 70.0), (0, 70.0)):
            problem = example_problem(number, base_rate=rate)
            placement = _solve_feasibly(self, problem, objective).placement
            require(placement.base == ("base",), "the placement does not say what is a base model")
            if not number:
                slots = {plan.config.max_loras for plan in placement.gpus}
                require(slots == {0}, f"engines of the base model alone have {slots} slots")

    def counts_of_gpu_types_are_kept(self, objective: Objective) -> None:
        counts = (3 * self.slack, 5 * self.slack)
        result = _solve_feasibly(self, example_problem(48, counts=counts), objective)
        used = [plan.profile_name for plan in result.placement.gpus]
        for name, count in zip(("example-0", "example-1"), counts, strict=True):
            number = used.count(name)
            require(number <= count, f"{number} GPUs of type {name} are used, there are {count}")

    def adapters_go_to_gpus_that_serve_their_base_model(self) -> None:
        small, large = example_profile("small"), replace(example_profile("large"), model="other")
        adapters = tuple(
            replace(adapter, base_model="other" if i % 2 else "example-8b")
            for i, adapter in enumerate(example_adapters(12, rates=(4.0,)))
        )
        problem = Problem(Workload(adapters), (GpuType(small), GpuType(large)))
        result = _solve_feasibly(self, problem, GpuCount())
        models = {adapter.name: adapter.base_model for adapter in adapters}
        for plan in result.placement.gpus:
            model = problem.gpu_type(plan.profile_name).profile.model
            for name, _ in plan.shares:
                require(models[name] == model, f"{name} of {models[name]} is on a GPU of {model}")

    def base_models_share_the_gpus_of_a_pool(self) -> None:
        one, two = example_profile("one"), replace(example_profile("two"), model="other")
        adapters = tuple(
            replace(adapter, base_model="other" if i % 4 == 0 else "example-8b")
            for i, adapter in enumerate(example_adapters(24, rates=(4.0,)))
        )
        count = 5 * self.slack
        fleet = (GpuType(one, count, "all"), GpuType(two, count, "all"))
        result = _solve_feasibly(self, Problem(Workload(adapters), fleet), GpuCount())
        used = [plan.profile_name for plan in result.placement.gpus]
        require(len(used) <= count, f"{len(used)} GPUs of a pool of {count} are used")
        require(set(used) == {"one", "two"}, f"adapters of two models are on {sorted(set(used))}")

    def rules_are_kept(self, objective: Objective, rules: Rules) -> None:
        problem = replace(example_problem(max_gpus=8 * self.slack), rules=rules)
        placement = _solve_feasibly(self, problem, objective).placement
        for name, plan in zip(placement.names, placement.gpus, strict=True):
            broken = rules.violation(plan.shares)
            require(broken is None, f"GPU {name}: {broken}")
            require(name not in rules.leave_out, f"GPU {name} is used, and has to be left out")
        for name, gpu in rules.pinned.items():
            holders = [
                n
                for n, p in zip(placement.names, placement.gpus, strict=True)
                if name in dict(p.shares)
            ]
            require(gpu in holders, f"{name} is on {holders}, and has to be on {gpu}")

    def too_few_gpus_are_a_status_with_a_reason(self, objective: Objective) -> None:
        result = _solve(self, example_problem(48, max_gpus=2), objective)
        _require_status(result, SolveStatus.INFEASIBLE)
        require("at least" in result.reason, f"the reason names no bound: {result.reason!r}")
        require(bool(result.placement.unplaced), "no adapter is listed as not placed")
        used = len(result.placement.gpus)
        require(used <= 2, f"{used} GPUs are used, 2 may be")

    def an_adapter_that_no_gpu_serves_is_a_status_with_a_reason(self) -> None:
        weak = replace(self, estimator=ClosedFormEstimator(capacity=0.01))
        result = _solve(weak, example_problem(6), GpuCount())
        _require_status(result, SolveStatus.INFEASIBLE)
        require("no GPU serves" in result.reason, f"the reason is another one: {result.reason!r}")
        require(math.isinf(result.value[0]), f"nothing is placed, for a value of {result.value}")

    def a_spent_budget_keeps_the_best_placement(
        self, objective: Objective, max_estimates: int
    ) -> None:
        problem, budget = example_problem(48), Budget(max_estimates=max_estimates)
        result = _solve(self, problem, objective, budget)
        _require_status(result, SolveStatus.TIME_LIMIT, SolveStatus.UNCHECKED, *_DONE)
        _require_complete(result)
        _require_checked_or_told(self, problem, objective, result)

    def time_runs_out(self) -> None:
        problem = example_problem(48)
        ticks = (0.25 * number for number in range(10**9))
        budget = Budget(time_limit=2.0, clock=lambda: next(ticks))
        result = _solve(self, problem, GpuCount(), budget)
        _require_status(result, SolveStatus.TIME_LIMIT, SolveStatus.UNCHECKED, *_DONE)
        _require_complete(result)
        require(result.runtime > 0, "the result says that no time has passed")
        require_shares(problem, result)

    def a_polite_interruption_keeps_the_best_placement(self, objective: Objective) -> None:
        problem, budget = example_problem(48), Budget()
        budget.interrupted = lambda: budget.num_estimates >= 20
        result = _solve(self, problem, objective, budget)
        _require_status(result, SolveStatus.INTERRUPTED, *_DONE)
        _require_told(result)
        require_gpus(problem, self.estimator, objective, result)

    def ctrl_c_keeps_the_best_placement(self, objective: Objective, call: int) -> None:
        problem = example_problem(48)
        estimator = InterruptedEstimator(self.estimator, call)
        try:
            result = _solve(replace(self, estimator=estimator), problem, objective)
        except KeyboardInterrupt as error:
            if not estimator.interrupted:  # the user has pressed it indeed
                raise
            raise AssertionError("Ctrl-C has left `place` instead of ending the search") from error
        _require_status(result, SolveStatus.INTERRUPTED, *_DONE)
        _require_told(result)
        require_gpus(problem, self.estimator, objective, result)

    def nothing_is_printed(self) -> None:
        problem = example_problem(max_gpus=8 * self.slack)
        shown = printed_by(lambda: _solve(self, problem, Latency()))
        require(shown == "", f"the search has printed {shown!r}")

    def no_value_is_below_its_lower_bound(self, objective: Objective) -> None:
        result = _solve(self, example_problem(), objective)
        _require_bound(result)
        require(
            result.status is not SolveStatus.OPTIMAL or result.gap < 1e-8,
            f"the result is called optimal, with a gap of {result.gap:.3g}",
        )


def _solve(
    rules: StrategyRules, problem: Problem, objective: Objective, budget: Budget | None = None
) -> Result:
    try:
        return solve(problem, rules.strategy, rules.estimator, objective, budget, verify=False)
    except BudgetExhausted as error:
        raise AssertionError("BudgetExhausted has left `place`") from error


def _solve_feasibly(rules: StrategyRules, problem: Problem, objective: Objective) -> Result:
    """Solve a problem for which there are GPUs enough, and look at all GPUs."""
    result = _solve(rules, problem, objective)
    _require_status(result, *_DONE)
    require(not result.placement.unplaced, f"not placed: {result.placement.unplaced}")
    require_gpus(problem, rules.estimator, objective, result)
    _require_bound(result)
    return result


def _require_status(result: Result, *accepted: SolveStatus) -> None:
    require(
        result.status in accepted,
        f"the status is {result.status}, not {' or '.join(accepted)}: {result.reason!r}",
    )


def _require_complete(result: Result) -> None:
    """However early a search has to end, it has a place for every adapter."""
    missing = result.placement.unplaced
    require(
        not missing,
        f"not placed: {missing}; a SearchStrategy has a first placement for such a case",
    )


def _require_checked_or_told(
    rules: StrategyRules, problem: Problem, objective: Objective, result: Result
) -> None:
    """All GPUs are admissible, or the result says that nobody has looked at them."""
    if result.status is not SolveStatus.UNCHECKED:
        require_gpus(problem, rules.estimator, objective, result)
        return
    require_shares(problem, result)
    require(not result.is_feasible(), "an unchecked placement counts as feasible")
    require("NOT checked" in result.reason, f"the reason does not tell it: {result.reason!r}")
    require(math.isinf(result.value[0]), f"an unchecked placement has the value {result.value}")


def _require_told(result: Result) -> None:
    """Whoever was interrupted before the end says so."""
    require(
        result.status in _DONE or "interrupted" in result.reason,
        f"the reason does not tell of the interruption: {result.reason!r}",
    )


def _require_bound(result: Result) -> None:
    require(
        result.value >= result.lower_bound and result.gap >= 0,
        f"the value {result.value} is below the lower bound {result.lower_bound}",
    )
