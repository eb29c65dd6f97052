"""Filling of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import Candidate, Estimate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item
from placer.gpu.packing import Packer
from placer.objectives import GpuCount, Latency
from placer.problem.fleet import GpuType
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.search.filling import Filled, pack_fleet, place_by_packing, spread_fleet
from placer.search.search import Search
from placer.testing import example_problem


@dataclass(frozen=True)
class Price(GpuCount):
    """$/h."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (gpu.candidate.profile.price_per_hour,)


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

    def fill(gpu_type: GpuType, items: Sequence[Item]) -> Filled:
        return packer.fill(gpu_type, items)

    place_by_packing(search, packer, list, fill)
    return search


def test_gpus_are_filled_one_after_the_other_until_none_is_left() -> None:
    problem = example_problem(24)
    search, packer = setting(problem, GpuCount())
    items = search.items()
    gpus, left = pack_fleet(search, packer, items, packer.fill)
    assert left == []
    assert len(gpus) > 1
    tokens = [gpu.estimate.offered_throughput for gpu in gpus]
    assert min(tokens[:-1]) > 0.8 * max(tokens)


def test_what_finds_no_place_is_left() -> None:
    problem = example_problem(24, max_gpus=1)
    search, packer = setting(problem, GpuCount())
    items = search.items()
    gpus, left = pack_fleet(search, packer, items, packer.fill)
    assert len(gpus) == 1
    placed = {name for name, _ in gpus[0].plan.shares}
    assert {item.name for item in left} == set(search.evaluator.adapters) - placed
    assert search.unplaced == tuple(sorted(item.name for item in left))


def test_the_type_that_costs_least_for_its_load_is_next() -> None:
    problem = example_problem(24, counts=(None, None))
    first, second = problem.fleet
    cheap = replace(second, profile=replace(second.profile, price_per_hour=0.5), count=1)
    search, packer = setting(replace(problem, fleet=(first, cheap)), Price())
    items = search.items()
    gpus, left = pack_fleet(search, packer, items, packer.fill)
    names = [gpu.plan.profile_name for gpu in gpus]
    assert names[0] == "example-1"
    assert set(names[1:]) == {"example-0"}
    assert left == []


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
    """Packing fills all but the last; the load is then spread over as many."""
    problem = example_problem(24, rates=(4.0, 2.0))
    packed = run_packing(problem, GpuCount())
    spread = run_packing(problem, GpuCount(), Nervous())

    def largest(search: Search) -> float:
        return max(gpu.estimate.offered_throughput for gpu in search.gpus)

    assert len(packed.gpus) == len(spread.gpus) == 3
    assert largest(spread) < largest(packed)
