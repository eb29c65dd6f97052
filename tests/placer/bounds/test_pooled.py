"""Pooled relaxation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.bounds import IdleEngines, PooledRelaxation
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.testing.brute_force import brute_force
from twin.workload.workload import Workload

PURE = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)  # up to 10,000


def relaxation_of(problem: Problem, estimator: ClosedFormEstimator = PURE) -> PooledRelaxation:
    return of_evaluator(Evaluator(estimator, GpuCount(), problem))


def of_evaluator(evaluator: Evaluator) -> PooledRelaxation:
    return PooledRelaxation(evaluator, IdleEngines(evaluator))


@pytest.mark.parametrize(("tokens", "gpus"), [(5_000, 1), (10_500, 2), (19_000, 2), (47_000, 5)])
def test_load_over_capacity_rounded_up(tokens: float, gpus: int) -> None:
    problem = example_problem(24)
    factor = tokens / problem.workload.token_rate
    problem = replace(problem, workload=problem.workload.scaled(factor))
    assert relaxation_of(problem).min_gpus == gpus


@pytest.mark.parametrize("seed", range(5))
def test_it_does_not_exceed_the_optimum(seed: int) -> None:
    rates = np.random.default_rng(seed).uniform(2.0, 20.0, 6)
    problem = example_problem(6, tuple(rates.tolist()))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    optimum = brute_force(evaluator)
    assert optimum is not None
    assert 1 <= of_evaluator(evaluator).min_gpus <= optimum[0]


@pytest.mark.parametrize("seed", range(5))
def test_nor_with_requests_for_the_base_model(seed: int) -> None:
    rates = np.random.default_rng(seed).uniform(2.0, 20.0, 6)
    problem = example_problem(5, tuple(rates[:5].tolist()), base_rate=float(rates[5]))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    optimum = brute_force(evaluator)
    assert optimum is not None
    assert 1 <= of_evaluator(evaluator).min_gpus <= optimum[0]


def test_a_few_requests_for_the_base_model_do_not_hide_what_lora_costs() -> None:
    costly = ClosedFormEstimator(capacity=9_000.0, adapter_cost=1.0)
    few, none = (example_problem(24, base_rate=rate) for rate in (0.01, 0.0))
    assert relaxation_of(few, costly).min_gpus >= relaxation_of(none, costly).min_gpus


def test_base_models_need_gpus_of_their_own() -> None:
    adapters = example_problem(2, (1.0,)).workload.adapters
    other = GpuType(replace(example_profile("other"), model="other"))
    mixed = Workload((adapters[0], replace(adapters[1], base_model="other")))
    free = Workload(adapters)
    fleet = (example_problem().fleet[0], other)
    assert relaxation_of(Problem(free, fleet)).min_gpus == 1
    bound = Workload((replace(adapters[0], base_model="example-8b"), mixed.adapters[1]))
    assert relaxation_of(Problem(bound, fleet)).min_gpus == 2


def test_the_largest_types_are_taken_first() -> None:
    class TwoSizes(ClosedFormEstimator):
        """The second type serves half."""

        def _estimate(self, candidate, rule):  # type: ignore[no-untyped-def]  # as the parent's
            small = candidate.profile.name == "example-1"
            like = ClosedFormEstimator(4_500.0, 0.0, 0.0) if small else PURE
            return like._estimate(candidate, rule)  # noqa: SLF001  # the parent's formula

    problem = example_problem(24, counts=(1, None))
    like = problem.workload.adapters[0].lengths
    same = Workload(tuple(replace(a, lengths=like) for a in problem.workload.adapters))
    problem = replace(problem, workload=same.scaled(19_000 / same.token_rate))
    assert relaxation_of(problem, TwoSizes()).min_gpus == 3
