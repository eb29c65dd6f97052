"""Ctrl-C at any moment: what was found so far is kept, and a second one gives up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy, GpuCount, Latency
from placer.objectives.objective import Objective, gpus_are_free
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.replanning.objective import WithMoves
from placer.replanning.replan import Replan
from placer.search.run_search import run_search
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import CapacityPacking, FirstFit, LocalSearch
from placer.strategies.base import Strategy
from placer.strategies.baselines import LeastLoaded
from placer.testing import example_problem
from placer.verification.verify import Verifier

PROBLEM = example_problem(4, (16.0, 12.0, 8.0))  # on two GPUs
PREVIOUS = solve(PROBLEM, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False).placement
DONE = (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)


@dataclass(slots=True)
class Interrupting:
    """An estimator during some of whose calls the user presses Ctrl-C."""

    at: Sequence[int] = ()
    calls: int = field(default=0, init=False)

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.calls += 1
        if self.calls in self.at:
            raise KeyboardInterrupt
        return ClosedFormEstimator().estimate(candidates, rule)


@dataclass(frozen=True)
class Foreign:
    """A strategy that is not made of a search of ours."""

    strategy: Strategy

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        return self.strategy.place(problem, evaluator, budget=budget, rng=rng)


STRATEGIES = [
    FirstFit(),
    CapacityPacking(),
    LeastLoaded(),
    LocalSearch(patience=1, batch=2),
    LocalSearch(start=Foreign(FirstFit()), patience=1, batch=2),
    Replan(Foreign(FirstFit())),
]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, ...]]:
    """Ranks of the complete placements that any search has taken, in order."""
    values: list[tuple[float, ...]] = []
    offer = Search.offer

    def noted(search: Search, gpus: Sequence[EvaluatedGpu]) -> bool:
        taken = offer(search, gpus)
        if taken and not search.unplaced:
            values.append((len(gpus) if search.gpus_first else 0, *search.value()))
        return taken

    monkeypatch.setattr(Search, "offer", noted)
    return values


def place(
    strategy: Strategy, objective: Objective, at: Sequence[int] = (), most: int | None = None
) -> tuple[Result, int]:
    """The result with interrupts in some calls of the estimator, and how many calls there were."""
    problem = replace(PROBLEM, previous=PREVIOUS if isinstance(strategy, Replan) else None)
    estimator, budget = Interrupting(at), Budget(max_estimates=most)
    evaluator = Evaluator(estimator, objective, problem, budget)
    result = strategy.place(problem, evaluator, budget=budget, rng=np.random.default_rng(0))
    return result, estimator.calls


def objective_of(strategy: Strategy, objective: Objective) -> Objective:
    return WithMoves(objective) if isinstance(strategy, Replan) else objective


@pytest.mark.parametrize("most", [None, 12], ids=["unlimited", "spent"])
@pytest.mark.parametrize("objective", [GpuCount(), Latency(), Energy()], ids=repr)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_no_call_of_the_estimator_is_one_in_which_an_interrupt_loses_the_incumbent(
    strategy: Strategy,
    objective: Objective,
    most: int | None,
    offered: list[tuple[float, ...]],
) -> None:
    """Neither in the search nor for the bound, which is asked for when the budget is spent too."""
    objective = objective_of(strategy, objective)
    whole, calls = place(strategy, objective, most=most)
    assert whole.status in (SolveStatus.TIME_LIMIT, *DONE)
    for call in range(1, calls + 1):
        offered.clear()
        result, _ = place(strategy, objective, [call], most)
        assert result.status in (SolveStatus.INTERRUPTED, SolveStatus.OPTIMAL), call
        if offered:
            assert result.placement.unplaced == (), call
            number = len(result.gpus) if gpus_are_free(objective) else 0
            assert (number, *result.value) <= min(offered), call
            assert result.lower_bound <= result.value, call


def test_an_interrupt_while_the_bound_is_asked_for_is_told(
    offered: list[tuple[float, ...]],
) -> None:
    whole, calls = place(FirstFit(), Energy())
    result, _ = place(FirstFit(), Energy(), [calls])
    assert (result.status, result.reason) == (
        SolveStatus.INTERRUPTED,
        "the search was interrupted",
    )
    assert (result.placement, result.value) == (whole.placement, whole.value)
    assert result.lower_bound == whole.lower_bound


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_a_second_interrupt_gives_up(strategy: Strategy) -> None:
    objective = objective_of(strategy, Energy())
    _, calls = place(strategy, objective)
    gave_up = 0
    for call in range(1, calls + 1):
        try:
            place(strategy, objective, range(call, calls + 2))
        except KeyboardInterrupt:
            gave_up += 1
    assert gave_up > calls / 4  # all but those after which nobody is asked any more


def test_a_placement_is_kept_that_was_found_before_the_bound_was_interrupted() -> None:
    def body(search: Search) -> None:
        names = sorted(search.evaluator.adapters)
        gpu_type = PROBLEM.fleet[0]
        plans = [search.evaluator.plan(gpu_type, 1, {name: 1.0}) for name in names]
        search.offer(search.evaluator.evaluate(plans))

    budget = Budget()
    evaluator = Evaluator(Interrupting([2]), GpuCount(), PROBLEM, budget)
    result = run_search("mine", body, PROBLEM, evaluator, budget, np.random.default_rng(0))
    assert result.status is SolveStatus.INTERRUPTED
    assert result.value == (4.0,)
    assert budget.exhausted()


@dataclass(frozen=True, slots=True)
class Pressed(Verifier):
    """Verification during which the user presses Ctrl-C."""

    def verify(self, result: Result, evaluator: Evaluator) -> Result:
        raise KeyboardInterrupt


def test_an_interrupt_of_the_verification_keeps_what_was_found() -> None:
    whole = solve(PROBLEM, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    result = solve(PROBLEM, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=Pressed())
    assert result.placement == whole.placement
    assert result.status is SolveStatus.INTERRUPTED
    assert result.reason == "the verification was interrupted"
    assert not result.verified
    asked = Budget(interrupted=lambda: True)
    with pytest.raises(KeyboardInterrupt):
        solve(PROBLEM, FirstFit(), ClosedFormEstimator(), GpuCount(), asked, verify=Pressed())
