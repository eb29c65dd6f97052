"""Filling of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.packing import Packer
from placer.moves.taking import fill
from placer.objectives import GpuCount, Latency
from placer.problem.problem import Problem
from placer.search.filling import place_by_packing, spread_fleet
from placer.search.search import Search
from placer.testing import example_problem


def setting(
    problem: Problem,
    objective: GpuCount | Latency,
    estimator: ClosedFormEstimator = ClosedFormEstimator(),  # noqa: B008  # it is immutable
) -> tuple[Search, Packer]:
    evaluator = Evaluator(estimator, objective, problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    return search, Packer(evaluator)


def run_packing(
    problem: Problem,
    objective: GpuCount | Latency,
    estimator: ClosedFormEstimator = ClosedFormEstimator(),  # noqa: B008  # it is immutable
) -> Search:
    search, packer = setting(problem, objective, estimator)
    place_by_packing(search, packer, list, partial(fill, packer))
    return search


def test_spreading_uses_every_gpu() -> None:
    problem = example_problem(24, max_gpus=6)
    search, packer = setting(problem, GpuCount())
    items = search.items(even=True)
    gpus = spread_fleet(search, packer, items, 6)
    assert gpus is not None
    assert len(gpus) == 6
    assert all(gpu.admissible for gpu in gpus)
    names = sorted(name for gpu in gpus for name, _ in gpu.plan.shares)
    assert names == sorted(search.evaluator.adapters)


def test_spreading_over_too_few_gpus_gives_nothing() -> None:
    search, packer = setting(example_problem(24), GpuCount())
    items = search.items(even=True)
    assert spread_fleet(search, packer, items, 1) is None


@pytest.mark.parametrize("counts", [(1, 2), (2, None)])
def test_spreading_takes_types_in_their_order_and_number(counts: tuple[int | None, ...]) -> None:
    search, packer = setting(example_problem(12, (1.0,), counts=counts), GpuCount())
    items = search.items(even=True)
    gpus = spread_fleet(search, packer, items, 3)
    assert gpus is not None
    names = [gpu.plan.profile_name for gpu in gpus]
    first = counts[0]
    assert names == ["example-0"] * (first or 0) + ["example-1"] * (3 - (first or 0))


def test_an_adapter_that_no_gpu_of_the_spread_serves_gives_nothing() -> None:
    problem = example_problem(4, (1.0,), counts=(None, None))
    first, second = problem.fleet
    second = replace(second, profile=replace(second.profile, model="other"))
    bound = replace(problem.workload.adapters[0], base_model="other")
    workload = replace(problem.workload, adapters=(bound, *problem.workload.adapters[1:]))
    search, packer = setting(Problem(workload, (first, second)), GpuCount())
    items = search.items(even=True)
    assert spread_fleet(search, packer, items, 1) is None
    both = spread_fleet(search, packer, items, 2)
    assert both is not None
    assert [gpu.plan.profile_name for gpu in both] == ["example-0", "example-1"]


@pytest.mark.parametrize(("objective", "gpus"), [(GpuCount(), 3), (Latency(), 8)])
def test_packing_where_gpus_cost_and_spreading_where_load_does(
    objective: GpuCount | Latency, gpus: int
) -> None:
    search = run_packing(example_problem(24, max_gpus=8, rates=(4.0, 2.0)), objective)
    assert search.unplaced == ()
    assert len(search.gpus) == gpus


class Nervous(ClosedFormEstimator):
    """Starving becomes likelier with the load."""

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        sure = super().estimate(candidates, rule)
        risk = np.maximum(sure.starvation_probability, sure.offered_throughput / 1e6)
        return replace(sure, starvation_probability=risk)


def test_among_as_many_gpus_the_one_further_from_starving_is_kept() -> None:
    """Packing fills all but the last; the traffic is then spread over as many."""
    problem = example_problem(24, rates=(4.0, 2.0))
    packed = run_packing(problem, GpuCount())
    spread = run_packing(problem, GpuCount(), Nervous())

    def largest(search: Search) -> float:
        return max(gpu.estimate.offered_throughput for gpu in search.gpus)

    assert len(packed.gpus) == len(spread.gpus) == 3
    mean = problem.workload.token_rate / 3
    assert mean <= largest(spread) <= largest(packed) < 1.1 * mean
