"""Verification by the twin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy, GpuCount
from placer.problem.gpu_figures import GpuFigures
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import FirstFit
from placer.strategies.search_strategy import SearchStrategy
from placer.testing import example_problem
from placer.verification.robustness import Robustness
from placer.verification.verify import Verifier
from twin.files.errors import InputError
from twin.workload.arrivals import GammaArrivals
from twin.workload.workload import Workload

VERIFIER = Verifier(duration=60.0, seeds=(1, 2))
HOT = 6.0  # requests/s
OPTIMIST = ClosedFormEstimator(capacity=50_000.0)


def verified(
    problem: Problem, estimator: Estimator, objective: GpuCount | None = None
) -> tuple[Result, Result]:
    """A result as a strategy gives it, and as verification does."""
    objective = GpuCount() if objective is None else objective
    result = solve(problem, FirstFit(), estimator, objective, verify=False)
    return result, VERIFIER.verify(result, Evaluator(estimator, objective, problem))


def test_what_serves_keeps_its_placement_and_gets_the_twins_figures() -> None:
    problem = example_problem(12, (0.5,))
    before, after = verified(problem, OPTIMIST)
    assert after.placement == before.placement
    assert after.verified
    assert after.is_feasible()
    assert after.verification is not None
    assert after.verification.seeds == (1, 2)
    assert after.value == before.value
    twin = TwinEstimator(Window(60.0), seeds=(1, 2))
    evaluator = Evaluator(twin, GpuCount(), problem)
    gpus = evaluator.evaluate(after.placement.gpus)
    assert [figures.estimate for figures in after.gpus] == [gpu.estimate for gpu in gpus]
    for figures in after.gpus:
        assert figures.binding
        assert figures.headroom > 0


def test_what_starves_is_repaired() -> None:
    problem = example_problem(24, (5.0,))
    before, after = verified(problem, OPTIMIST)
    assert after.is_feasible()
    assert after.verification is not None
    assert after.verification.num_moved > 0
    assert after.verification.num_opened == len(after.placement.gpus) - len(before.placement.gpus)
    assert after.value == (float(len(after.placement.gpus)),) > before.value
    assert after.status is SolveStatus.FEASIBLE
    assert sorted(after.placement.total_shares()) == sorted(
        a.name for a in problem.workload.adapters
    )


def test_what_cannot_be_repaired_is_infeasible_with_the_reason() -> None:
    before, after = verified(example_problem(24, (5.0,), max_gpus=1), OPTIMIST)
    assert before.is_feasible()
    assert after.status is SolveStatus.INFEASIBLE
    assert not after.is_feasible()
    assert after.reason == "starving when verified: GPU 0; no GPU is left to relieve them"
    assert after.placement == before.placement
    assert math.isnan(after.gpus[0].headroom)


@dataclass(frozen=True)
class Impatient(GpuCount):
    """Rejects what the twin answers slowly."""

    def admissible(self, estimate: Estimate) -> bool:
        return estimate.ttft_mean < 1e-3 or estimate.tpot_p99 < 1e-6


def test_what_the_objective_rejects_is_named() -> None:
    problem = example_problem(6, (0.5,), max_gpus=1)
    result = solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=False)
    after = VERIFIER.verify(result, Evaluator(OPTIMIST, Impatient(), problem))
    assert after.verification is not None
    assert after.verification.rejected == (0,)
    assert "rejected by the objective when verified: GPU 0" in after.reason


def test_nothing_placed_is_nothing_to_verify() -> None:
    problem = example_problem(6)
    hopeless = ClosedFormEstimator(capacity=0.01)
    before, after = verified(problem, hopeless)
    assert after is before


def test_a_memory_error_is_named() -> None:
    problem = example_problem(2, (0.5,), max_gpus=1)
    result = solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=False)
    (plan,) = result.placement.gpus
    large = replace(plan, config=replace(plan.config, max_loras=4096))
    broken = replace(result, placement=replace(result.placement, gpus=(large,)))
    after = VERIFIER.verify(broken, Evaluator(OPTIMIST, GpuCount(), problem))
    assert after.verification is not None
    assert after.verification.passed  # a smaller number of slots is found in repair
    assert after.placement.gpus[0].config.max_loras <= 2


@dataclass(frozen=True)
class Bursts:
    """Everything is fine unless arrivals vary."""

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        good = ClosedFormEstimator(1e6).estimate(candidates, rule)
        cv = np.array([max(a.arrivals.cv for a in c.adapters) for c in candidates])
        traffic = np.array([c.rate for c in candidates])
        return replace(good, starvation_probability=np.where(cv > 1, 7e-4 * traffic**2, 0.0))


@dataclass(frozen=True)
class Doubtful:
    """A twin by which every GPU starves with the same probability, but those of hot adapters."""

    probability: float
    of_hot: float | None = None

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        good = ClosedFormEstimator(1e6).estimate(candidates, rule)
        other = self.probability if self.of_hot is None else self.of_hot
        hot = [any(a.rate > HOT for a in c.adapters) for c in candidates]
        return replace(good, starvation_probability=np.where(hot, other, self.probability))


def with_a_hot_one(number: int) -> Problem:
    """The first of some adapters is hot."""
    problem = example_problem(number, (HOT,))
    first, *others = problem.workload.adapters
    adapters = [replace(first, rate=1.5 * HOT), *others]
    return replace(problem, workload=problem.workload.of(adapters))


@dataclass(frozen=True)
class OneEach(SearchStrategy):
    """A GPU for each adapter."""

    def search(self, search: Search) -> None:
        evaluator = search.evaluator
        (gpu_type,) = search.problem.fleet
        plans = [evaluator.plan(gpu_type, 1, {name: 1.0}) for name in evaluator.adapters]
        search.publish(evaluator.evaluate(plans))


@pytest.mark.parametrize(("limit", "gpus"), [(0.5, 1), (0.1, 2)])
def test_gpus_that_do_not_bear_bursts_are_repaired(
    limit: float, gpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Verifier, "_twin", lambda *_: Bursts())
    problem = example_problem(10, (2.0, 1.0))
    verifier = replace(VERIFIER, robustness=Robustness(1.5, limit), explain=False)
    result = solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=verifier)
    assert result.is_feasible()
    assert result.verification is not None
    assert result.verification.arrival_cv == 1.5
    assert len(result.placement.gpus) == gpus
    rates = {a.name: a.rate for a in problem.workload.adapters}
    for plan, figures in zip(result.placement.gpus, result.gpus, strict=True):
        traffic = sum(rates[name] for name, _ in plan.shares)
        assert figures.burst_starvation_probability == pytest.approx(7e-4 * traffic**2)
        assert figures.estimate.starvation_probability == 0
        assert math.isnan(figures.headroom)
    serves = math.prod(1 - figures.burst_starvation_probability for figures in result.gpus)
    assert 1 - serves <= limit


def test_the_probability_of_starving_is_that_of_any_gpu() -> None:
    """Thirty GPUs that starve with a probability of 4 % each: one of them is likely to."""
    problem = example_problem(30, (6.0,))
    each = solve(problem, OneEach(), OPTIMIST, GpuCount(), verify=False)
    doubtful = replace(VERIFIER, explain=False, repair=False)
    for probability, passes in ((0.04, False), (0.001, True)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Verifier, "_twin", lambda *_, p=probability: Doubtful(p))
            result = doubtful.verify(each, Evaluator(OPTIMIST, GpuCount(), problem))
        assert result.verification is not None
        assert len(result.gpus) == 30
        assert result.verification.passed == passes


def test_one_gpu_may_starve_likelier_where_the_others_hardly_do() -> None:
    """What counts is that of any: with 3 % and nine times 0.1 % it is 4 %."""
    problem = with_a_hot_one(10)
    each = solve(problem, OneEach(), OPTIMIST, GpuCount(), verify=False)
    doubtful = replace(VERIFIER, explain=False, repair=False)
    for others, passes in ((0.001, True), (0.004, False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Verifier, "_twin", lambda *_, p=others: Doubtful(p, 0.03))
            result = doubtful.verify(each, Evaluator(OPTIMIST, GpuCount(), problem))
        assert result.verification is not None
        serves = math.prod(1 - gpu.estimate.starvation_probability for gpu in result.gpus)
        assert (1 - serves <= problem.max_starvation_probability) == passes
        assert result.verification.passed == passes
        assert result.verification.starved == (() if passes else (0,))


def test_that_no_gpu_is_left_is_only_said_where_none_is() -> None:
    """There may be as many as one likes, but all starve on each."""
    problem = example_problem(3, (HOT,))
    each = solve(problem, OneEach(), OPTIMIST, GpuCount(), verify=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Verifier, "_twin", lambda *_: Doubtful(0.9))
        result = replace(VERIFIER, explain=False).verify(
            each, Evaluator(OPTIMIST, GpuCount(), problem)
        )
    assert result.status is SolveStatus.INFEASIBLE
    assert result.reason == "starving when verified: GPU 0, 1, 2; no GPU was found to relieve them"


def test_without_repair_what_starves_is_only_named() -> None:
    problem = example_problem(24, (5.0,))
    result = solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=False)
    after = replace(VERIFIER, repair=False).verify(
        result, Evaluator(OPTIMIST, GpuCount(), problem)
    )
    assert after.placement == result.placement
    assert after.status is SolveStatus.INFEASIBLE
    assert after.reason == "starving when verified: GPU 0"


def test_bursts_may_not_be_borne_better_than_what_is_assumed() -> None:
    problem = example_problem(3)
    strict = replace(VERIFIER, robustness=Robustness(2.0, 0.01))
    with pytest.raises(InputError, match=r"0\.01 is below max_starvation_probability \(0\.05\)"):
        solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=strict)


def test_many_gpus_are_simulated_for_less_time_and_the_slowest_explained() -> None:
    problem = example_problem(40, (1.0,))
    evaluator = Evaluator(OPTIMIST, GpuCount(), problem)
    names = sorted(evaluator.adapters)
    plans = tuple(evaluator.plan(problem.fleet[0], 1, {name: 1.0}) for name in names)
    found = solve(problem, FirstFit(), OPTIMIST, GpuCount(), verify=False)
    gpus = evaluator.evaluate(plans)
    spread = replace(
        found,
        placement=replace(found.placement, gpus=plans),
        gpus=tuple(GpuFigures(gpu.estimate, gpu.cost) for gpu in gpus),
    )
    after = Verifier(seeds=(1,), robustness=Robustness(None)).verify(spread, evaluator)
    assert after.verification is not None
    assert after.verification.duration == 1200 * 16 / 40
    known = [gpu.estimate.ttft_mean for gpu in after.gpus if gpu.binding]
    unknown = [gpu.estimate.ttft_mean for gpu in after.gpus if not gpu.binding]
    assert len(known) == 32
    assert min(known) >= max(unknown)


def test_verification_needs_a_seed() -> None:
    with pytest.raises(InputError, match="seeds"):
        Verifier(seeds=())


def test_traffic_that_hardly_arrives_proves_nothing() -> None:
    problem = example_problem(4, (0.5,))
    adapters = tuple(
        replace(adapter, arrivals=GammaArrivals(900.0)) for adapter in problem.workload.adapters
    )
    _, after = verified(replace(problem, workload=Workload(adapters)), OPTIMIST)
    assert after.verification is not None
    assert after.verification.untested == tuple(range(len(after.placement.gpus)))
    assert not after.verified


def test_an_unchecked_placement_gets_value_and_status_from_being_verified() -> None:
    problem = example_problem(12, (0.5,))
    unchecked = solve(
        problem,
        FirstFit(),
        OPTIMIST,
        Energy(),
        Budget(max_estimates=1, interrupted=lambda: True),
        verify=False,
    )
    unchecked = replace(unchecked, status=SolveStatus.UNCHECKED, value=(math.inf,))
    after = VERIFIER.verify(unchecked, Evaluator(OPTIMIST, Energy(), problem))
    assert after.status is SolveStatus.TIME_LIMIT
    assert after.is_feasible()
    assert math.isfinite(after.value[0])
