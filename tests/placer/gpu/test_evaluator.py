"""Evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from estimators.base import Candidate, Estimate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_profile
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import FewestGpus, GpuCount
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.result import SolveStatus
from placer.problem.rules import Rules
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from twin.workload.stopped import Stopped

PROBLEM = example_problem(12)
GPU = PROBLEM.fleet[0]
NAMES = [adapter.name for adapter in PROBLEM.workload.adapters]


@dataclass
class Counting:
    """The closed form, with the candidates that it was asked for."""

    asked: list[Candidate] = field(default_factory=list)

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.asked.extend(candidates)
        return ClosedFormEstimator().estimate(candidates, rule)


class Picky(GpuCount):
    """Rejects GPUs of much load, and does not know the cost of any."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (float("nan"), 2)

    def admissible(self, estimate: Estimate) -> bool:
        return estimate.offered_throughput < 1000


def test_interchangeable_loads_are_estimated_once() -> None:
    problem = example_problem(24, rates=(4.0,))
    counting = Counting()
    evaluator = Evaluator(counting, GpuCount(), problem)
    same = [f"adapter-{i:03d}" for i in (0, 12)]
    one, other = map(evaluator.classes.adapter_class, same)
    assert one == other
    plans = [evaluator.plan(GPU, 1, {name: 1.0}) for name in same]
    gpus = evaluator.evaluate([*plans, *plans])
    assert evaluator.evaluate(plans) == gpus[:2]
    assert [gpu.plan for gpu in gpus] == [*plans, *plans]
    assert len(counting.asked) == evaluator.num_estimates == 1
    assert evaluator.admissible_gpus == [gpus[0]]


def test_shares_scale_the_rates() -> None:
    evaluator = Evaluator(Counting(), GpuCount(), PROBLEM)
    plan = evaluator.plan(GPU, 2, {NAMES[1]: 0.25, NAMES[0]: 1.0})
    (gpu,) = evaluator.evaluate([plan])
    first, second = PROBLEM.workload.adapters[:2]
    assert gpu.candidate.adapters == (first, replace(second, rate=second.rate / 4))
    expected = (first.rate + second.rate / 4) / PROBLEM.workload.rate
    assert gpu.planned.rate_share == pytest.approx(expected)
    assert plan.config.max_lora_rank == 16


def test_a_spent_budget_answers_what_is_known() -> None:
    budget = Budget(max_estimates=1)
    evaluator = Evaluator(Counting(), GpuCount(), PROBLEM, budget)
    known, unknown = (evaluator.plan(GPU, 1, {name: 1.0}) for name in NAMES[:4:3])
    gpus = evaluator.evaluate([known])
    assert evaluator.evaluate([known]) == gpus
    with pytest.raises(BudgetExhausted):
        evaluator.evaluate([known, unknown])
    assert len(evaluator.estimate([evaluator.planned(unknown).candidate])) == 1


def test_slots_worth_trying_fit_in_memory() -> None:
    evaluator = Evaluator(Counting(), GpuCount(), example_problem(300))
    names = sorted(evaluator.adapters)
    assert evaluator.max_loras_options(GPU, names[:6]) == (1, 2, 4, 6)
    large = [name for name in names if evaluator.adapters[name].rank == 32]
    options = evaluator.max_loras_options(GPU, names)
    assert options[0] == 1
    assert options[-1] < 300
    profile = GPU.profile
    assert all(profile.memory_error(profile.engine_config(s, 32)) is None for s in options)
    larger = min(s for s in profile.max_loras_grid if s > options[-1])
    assert profile.memory_error(profile.engine_config(larger, 32)) is not None
    tiny = GpuType(example_profile("tiny", memory_gib=16))
    assert evaluator.max_loras_options(tiny, large) == ()


@pytest.mark.parametrize(
    ("served", "probability", "starves"),
    [(100.0, 0.0, False), (90.0, 0.05, False), (89.9, 0.0, True), (100.0, 0.06, True)],
)
def test_starving_is_serving_too_little_or_being_likely_to(
    served: float, probability: float, starves: bool
) -> None:
    evaluator = Evaluator(Counting(), GpuCount(), PROBLEM)
    estimate = Estimate(100.0, served, probability, False, *[0.1] * 8)
    assert evaluator.starves(estimate) is starves
    assert evaluator.admissible(estimate) is not starves
    assert not evaluator.admissible(estimate._replace(memory_error=True))


@pytest.mark.parametrize(
    ("served", "probability", "may"),
    [(100.0, 0.06, True), (100.0, 0.5, True), (100.0, 0.51, False), (89.9, 0.0, False)],
)
def test_what_starves_as_likely_as_not_may_serve(
    served: float, probability: float, may: bool
) -> None:
    """Whatever the objective says of it."""
    evaluator = Evaluator(Counting(), Picky(), PROBLEM)
    estimate = Estimate(100.0, served, probability, False, *[0.1] * 8)
    assert evaluator.may_serve(estimate) is may
    assert not evaluator.may_serve(estimate._replace(memory_error=True))
    patient = replace(PROBLEM, max_starvation_probability=0.8)
    likely = estimate._replace(served_throughput=100.0, starvation_probability=0.7)
    assert Evaluator(Counting(), GpuCount(), patient).may_serve(likely)


@pytest.mark.parametrize(
    ("probability", "ttft", "by_formula", "by_chance"),
    [
        (0.05, 5.0, True, True),
        (0.06, 5.0, False, True),
        (0.51, 5.0, False, False),
        (0.0, 5.1, False, True),
    ],
)
def test_what_may_pass_is_accepted_or_may_serve_with_other_requests(
    probability: float, ttft: float, by_formula: bool, by_chance: bool
) -> None:
    estimate = Estimate(100.0, 100.0, probability, False, *[0.1] * 13)
    estimate = estimate._replace(ttft_p99=ttft)
    for estimator, may in ((ClosedFormEstimator(), by_formula), (Counting(), by_chance)):
        evaluator = Evaluator(estimator, FewestGpus(), PROBLEM)
        assert evaluator.may_pass(estimate) is may
        assert not evaluator.may_pass(estimate._replace(memory_error=True))
        anyhow = Evaluator(estimator, GpuCount(), PROBLEM)
        assert anyhow.may_pass(estimate._replace(starvation_probability=0.0))


def test_what_the_objective_rejects_is_not_admissible() -> None:
    evaluator = Evaluator(Counting(), Picky(), PROBLEM)
    light, heavy = (evaluator.plan(GPU, 1, {name: 1.0}) for name in (NAMES[11], NAMES[0]))
    gpus = evaluator.evaluate([light, heavy])
    assert [gpu.admissible for gpu in gpus] == [True, False]


def test_an_unknown_cost_is_infinite_and_costs_add_up() -> None:
    evaluator = Evaluator(Counting(), Picky(), PROBLEM)
    gpus = evaluator.evaluate([evaluator.plan(GPU, 1, {name: 1.0}) for name in NAMES[:3]])
    assert gpus[0].cost == (float("inf"), 2.0)
    assert evaluator.value(gpus) == (float("inf"), 6.0)
    assert evaluator.value([]) == ()


def test_the_base_model_takes_no_slot() -> None:
    problem = example_problem(3, base_rate=2.0)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    beside = [*NAMES[:2], "base"]
    assert evaluator.num_adapters(beside) == 2
    assert evaluator.max_loras_options(GPU, beside) == (1, 2)
    assert evaluator.max_lora_rank(beside) == 16
    plan = evaluator.plan(GPU, 2, dict.fromkeys(beside, 1.0))
    assert (plan.config.max_loras, plan.config.max_lora_rank) == (2, 16)


def test_the_base_model_alone_is_served_without_lora() -> None:
    rules = Rules(max_lora_rank=32)  # for adapters that may come to engines that have LoRA
    problem = replace(example_problem(3, base_rate=2.0), rules=rules)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    assert evaluator.max_loras_options(GPU, ["base"]) == (0,)
    (gpu,) = evaluator.evaluate([evaluator.plan(GPU, 0, {"base": 0.5})])
    assert (gpu.plan.config.max_loras, gpu.plan.config.max_lora_rank) == (0, 0)
    assert gpu.admissible
    assert gpu.candidate.rate == 1.0


class Slow:
    """Needs ten seconds of a clock for an answer, and looks at whether to stop every second."""

    def __init__(self) -> None:
        self.now = 0.0

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        return self.estimate_unless(lambda: False, candidates, rule)

    def estimate_unless(
        self, stop: Callable[[], bool], candidates: Sequence[Candidate], rule: StarvationRule
    ) -> Estimates:
        for _ in range(10):
            self.now += 1.0
            if stop():
                raise Stopped
        return ClosedFormEstimator().estimate(candidates, rule)


@pytest.mark.parametrize(("limit", "seconds"), [(None, 10.0), (9.0, 10.0), (4.0, 6.0)])
def test_an_answer_that_takes_too_long_ends_the_search(
    limit: float | None, seconds: float
) -> None:
    estimator = Slow()
    budget = Budget(limit, clock=lambda: estimator.now)
    budget.start()
    evaluator = Evaluator(estimator, GpuCount(), PROBLEM, budget)
    plan = evaluator.plan(PROBLEM.fleet[0], 1, {PROBLEM.workload.adapters[0].name: 1.0})
    if seconds < 10:
        with pytest.raises(BudgetExhausted):
            evaluator.evaluate([plan])
    else:
        assert evaluator.evaluate([plan])[0].admissible
    assert estimator.now == seconds


def test_a_search_of_answers_that_take_too_long_still_has_a_placement() -> None:
    estimator = Slow()
    budget = Budget(4.0, clock=lambda: estimator.now)
    result = solve(PROBLEM, FirstFit(), estimator, GpuCount(), budget, verify=False)
    assert result.status is SolveStatus.UNCHECKED
    assert not result.placement.unplaced
    assert result.runtime <= 1.5 * 4.0
