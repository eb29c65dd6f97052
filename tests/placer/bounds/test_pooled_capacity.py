"""Pooled capacity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from estimators.base import Candidate
from estimators.closed_form import ClosedFormEstimator
from estimators.twin_backed import TwinEstimator
from placer.benchmark.instance import Instance
from placer.bounds.pooled_capacity import PooledCapacity
from placer.bounds.pooled_traffic import pool_adapters
from placer.gpu.batch_limits import requests_in_memory
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.testing import example_problem
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, LogNormalLength
from twin.workload.workload import Workload


def test_what_no_gpu_exceeds_is_a_little_more_than_its_capacity() -> None:
    problem = example_problem(24)
    tokens = problem.workload.token_rate
    estimator = ClosedFormEstimator(capacity=tokens / 4, adapter_cost=0.0, slot_cost=0.0)
    evaluator = Evaluator(estimator, GpuCount(), problem)
    capacity = PooledCapacity(evaluator)
    adapters = problem.workload.adapters
    accepted = 0.25 / problem.starvation.threshold
    assert accepted < capacity.share(problem.fleet[0], adapters) <= accepted * 1.051
    asked = evaluator.num_estimates
    assert asked
    capacity.share(problem.fleet[0], adapters)
    assert evaluator.num_estimates == asked


@pytest.mark.parametrize(("part", "expected"), [(2.0, 1.0), (1e-6, 0.0)])
def test_a_gpu_serves_all_of_it_or_nothing_worth_counting(part: float, expected: float) -> None:
    problem = example_problem(24)
    estimator = ClosedFormEstimator(capacity=problem.workload.token_rate * part)
    capacity = PooledCapacity(Evaluator(estimator, GpuCount(), problem))
    assert capacity.share(problem.fleet[0], problem.workload.adapters) == expected


def test_an_engine_counts_with_the_limit_on_its_batch_that_suits_the_traffic() -> None:
    """96 adapters of long prompts, which four engines of few slots serve when verified.

    With one slot and the usual limit an engine preempts requests, sooner or later by the seed: of
    seed 3 alone it would take five such engines.
    """
    (path,) = (Path(__file__).parents[2] / "benchmarks").rglob("memory_bound_documents_96.yaml")
    problem = Instance.read(path).problem
    (gpu_type,) = problem.fleet
    shares = []
    for seed in range(4):
        evaluator = Evaluator(TwinEstimator(seeds=(seed,)), GpuCount(), problem)
        capacity = PooledCapacity(evaluator)
        shares.append(capacity.share(gpu_type, problem.workload.adapters))
    assert min(shares) > 1 / 3
    assert max(shares) < min(shares) * 1.1, "engines that preempt nothing do not depend on luck"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("part", [0.45, 0.55, 0.65, 0.75])
def test_no_limit_lets_an_engine_of_widely_scattered_prompts_serve_more(
    part: float, seed: int
) -> None:
    lengths = CopulaLengths(LogNormalLength(30_000, 20_000), LogNormalLength(400, 100))
    adapters = tuple(Adapter(f"{i:02d}", 16, 0.1, lengths) for i in range(24))
    gpu_type = GpuType(read_profile("h100_80gb_llama31_8b"))
    problem = Problem(Workload(adapters), (gpu_type,))
    evaluator = Evaluator(TwinEstimator(), GpuCount(), problem)
    share = PooledCapacity(evaluator).share(gpu_type, adapters)
    pooled = pool_adapters(adapters, share * problem.workload.rate)
    alone = gpu_type.engine_alone(pooled.rank)
    held = requests_in_memory(gpu_type.profile, alone, adapters)
    other = replace(alone, max_num_seqs=round(part * held))
    asked = Evaluator(TwinEstimator(seeds=(10 + seed,)), GpuCount(), problem)
    (estimate,) = asked.estimate([Candidate(gpu_type.profile, other, (pooled,))])
    assert not asked.may_serve(estimate)
