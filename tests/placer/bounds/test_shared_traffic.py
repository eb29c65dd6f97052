"""Shared traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.bounds.shared_traffic import SharedTraffic
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Energy
from placer.problem.problem import Problem
from placer.testing import example_problem
from twin.workload.workload import Workload

PURE = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)


def power(estimate: Estimate) -> float:
    return estimate.power


def problem_of(tokens: float, *, alike: bool = True, max_gpus: int | None = None) -> Problem:
    problem = example_problem(24, max_gpus=max_gpus)
    adapters = problem.workload.adapters
    if alike:  # by themselves half of them have others
        adapters = tuple(replace(a, lengths=adapters[0].lengths) for a in adapters)
    workload = Workload(adapters)
    workload = workload.scaled(tokens / workload.token_rate)
    return replace(problem, workload=workload)


def shared(problem: Problem) -> SharedTraffic:
    return SharedTraffic(Evaluator(PURE, Energy(), problem))


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize(("tokens", "fewest"), [(4_000, 1), (4_000, 3), (22_000, 3), (22_000, 5)])
def test_power_is_that_of_as_few_engines_as_needed(
    tokens: float, fewest: int, alike: bool
) -> None:
    """The formula's is linear in the tokens that are served, of 10,000 on a GPU 9,000."""
    least = shared(problem_of(tokens, alike=alike)).least(power, fewest, per_request=False)
    full, rest = divmod(tokens, 10_000)
    truth = 100.0 * fewest + 500.0 * (full + rest / 9_000)
    assert 0.8 * truth <= least <= truth * (1 + 1e-9)


def test_latency_is_that_of_an_even_split() -> None:
    def latency(estimate: Estimate) -> float:
        return estimate.ttft_mean

    for limit in (1, 2, 4):
        truth = 0.02 / (1 - 8 / 9 / limit)
        own = shared(problem_of(8_000, max_gpus=limit))
        assert 0.85 * truth <= own.least(latency, 1, per_request=True) <= truth * (1 + 1e-9)
    mixed = shared(problem_of(8_000, alike=False))
    assert mixed.least(latency, 1, per_request=True) == 0.0  # some may have the short ones


def test_nobody_is_asked_where_few_estimates_are_left() -> None:
    budget = Budget(max_estimates=60)
    evaluator = Evaluator(PURE, Energy(), problem_of(4_000), budget)
    assert SharedTraffic(evaluator).least(power, 1, per_request=False) == 0.0
    assert budget.num_estimates == 0


def test_engines_that_serve_less_need_more_power() -> None:
    own = shared(problem_of(16_000))
    free = own.least(power, 4, per_request=False)
    (name,) = (gpu_type.profile.name for gpu_type in problem_of(16_000).fleet)
    assert own.least(power, 4, {name: 0.3}, per_request=False) >= free


def test_more_traffic_than_all_gpus_serve_is_that_of_more_gpus() -> None:
    own = shared(problem_of(30_000, max_gpus=2))
    assert own.least(power, 2, per_request=False) >= 1_500
