"""Shared adapters."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from estimators.ml_backed import MLEstimator
from placer.bounds.shared_adapters import SharedAdapters
from placer.bounds.traffic_levels import Figure
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Latency
from placer.problem.problem import Problem
from placer.testing import example_problem
from placer.testing.brute_force import brute_force
from tests.placer.bounds.small_instances import small_instance
from twin.files.errors import ExtrapolationWarning
from twin.workload.workload import Workload

CROWDED = ClosedFormEstimator(capacity=30_000.0, adapter_cost=0.01, slot_cost=0.0)


FIGURES: tuple[tuple[Latency, Figure], ...] = (
    (Latency(), lambda e: e.ttft_mean),
    (Latency("tpot"), lambda e: e.tpot_mean),
)


def latency(estimate: Estimate) -> float:
    return estimate.ttft_mean


def alike(number: int, max_gpus: int | None) -> Problem:
    problem = example_problem(number, max_gpus=max_gpus)
    adapters = problem.workload.adapters
    adapters = tuple(replace(a, lengths=adapters[0].lengths) for a in adapters)
    return replace(problem, workload=Workload(adapters))


def least(problem: Problem, budget: Budget | None = None) -> float:
    return SharedAdapters(Evaluator(CROWDED, Latency(), problem, budget)).least(latency)


@pytest.mark.parametrize("limit", [2, 3])
def test_it_is_near_the_optimum_and_not_above(limit: int) -> None:
    problem = alike(6, limit)
    optimum = brute_force(Evaluator(CROWDED, Latency(), problem))
    assert optimum is not None
    assert 0.9 * optimum[0] <= least(problem) <= optimum[0] * (1 + 1e-9)


def test_it_is_not_above_the_optimum_by_the_model() -> None:
    """But for how far a model's figures fall where they should rise."""
    compared = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExtrapolationWarning)
        for seed in (0, 1, 4, 14, 16, 17, 22, 56):
            traffic = [(0.7, 2.3), (0.02, 0.3), (0.2, 1.0)][seed % 3]
            problem = small_instance(seed, own_lengths=False, most=6, traffic=traffic)
            problem = replace(problem, max_gpus=2 + seed % 2)
            for objective, figure in FIGURES:
                evaluator = Evaluator(MLEstimator(), objective, problem)
                optimum = brute_force(evaluator)
                if optimum is not None:
                    found = SharedAdapters(evaluator).least(figure)
                    assert found <= 1.05 * optimum[0], f"instance {seed}"
                    compared += 1
    assert compared >= 8


@pytest.mark.parametrize(
    ("problem", "budget"),
    [
        (alike(6, 1), None),
        (alike(6, None), None),
        (example_problem(6, max_gpus=2), None),
        (alike(6, 2), Budget(max_estimates=60)),
        (alike(1001, 2), None),
    ],
    ids=["one GPU", "as many as one likes", "own lengths", "few estimates", "many adapters"],
)
def test_it_says_nothing(problem: Problem, budget: Budget | None) -> None:
    assert least(problem, budget) == 0.0
