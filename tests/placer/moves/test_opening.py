"""Further GPUs for items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.gpu.packing import Packer
from placer.moves.opening import pack_fleet
from placer.moves.taking import fill
from placer.objectives import GpuCount
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.testing import example_problem


@dataclass(frozen=True)
class Price(GpuCount):
    """$/h."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (gpu.candidate.profile.price_per_hour,)


def setting(problem: Problem, objective: GpuCount) -> tuple[Search, Packer]:
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    return search, Packer(evaluator)


def test_gpus_are_filled_one_after_the_other_until_none_is_left() -> None:
    problem = example_problem(24)
    search, packer = setting(problem, GpuCount())
    gpus, left = pack_fleet(packer, search.items(), partial(fill, packer), offer=search.offer)
    assert left == []
    assert len(gpus) > 1
    tokens = [gpu.estimate.offered_throughput for gpu in gpus]
    assert min(tokens[:-1]) > 0.8 * max(tokens)


def test_what_finds_no_place_is_left() -> None:
    problem = example_problem(24, max_gpus=1)
    search, packer = setting(problem, GpuCount())
    gpus, left = pack_fleet(packer, search.items(), partial(fill, packer), offer=search.offer)
    assert len(gpus) == 1
    placed = {name for name, _ in gpus[0].plan.shares}
    assert {item.name for item in left} == set(search.evaluator.adapters) - placed
    assert search.unplaced == tuple(sorted(item.name for item in left))


def test_the_type_that_costs_least_for_its_load_is_next() -> None:
    problem = example_problem(24, counts=(None, None))
    first, second = problem.fleet
    cheap = replace(second, profile=replace(second.profile, price_per_hour=0.5), count=1)
    search, packer = setting(replace(problem, fleet=(first, cheap)), Price())
    gpus, left = pack_fleet(packer, search.items(), partial(fill, packer), offer=search.offer)
    names = [gpu.plan.profile_name for gpu in gpus]
    assert names[0] == "example-1"
    assert set(names[1:]) == {"example-0"}
    assert left == []


def test_gpus_that_are_in_use_stay_as_they_are_and_count() -> None:
    problem = example_problem(24, max_gpus=3)
    search, packer = setting(problem, GpuCount())
    items = search.items()
    used, rest = pack_fleet(packer, items[:2])
    assert rest == []
    gpus, left = pack_fleet(packer, items[2:], beside=used)
    assert gpus[: len(used)] == used
    assert len(gpus) == 3
    assert left
