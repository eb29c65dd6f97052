"""GpuCount."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import Milp
from placer.testing import ObjectiveContract, example_problem
from twin.files.errors import InputError


class TestGpuCount(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> GpuCount:
        return GpuCount()


def parallel(sizes: tuple[int, ...], max_gpus: int | None = None) -> Problem:
    """Types whose engines take so many GPUs each."""
    problem = example_problem(24, (4.0,), counts=(None,) * len(sizes))
    fleet = []
    for gpu_type, size in zip(problem.fleet, sizes, strict=True):
        memory = replace(gpu_type.profile.kv_capacity_model, tensor_parallel_size=size)
        fleet.append(GpuType(replace(gpu_type.profile, kv_capacity_model=memory)))
    return replace(problem, fleet=tuple(fleet), max_gpus=max_gpus)


def test_an_engine_of_two_gpus_counts_two() -> None:
    result = solve(parallel((2,)), Milp(), ClosedFormEstimator(), GpuCount(), verify=False)
    engines = len(result.placement.gpus)
    assert result.value == (2.0 * engines,)
    assert result.lower_bound[0] in {2.0 * n for n in range(1, engines + 1)}


def test_engines_that_serve_as_much_with_fewer_gpus_are_taken() -> None:
    result = solve(parallel((2, 1)), Milp(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert {plan.profile_name for plan in result.placement.gpus} == {"example-1"}
    assert result.lower_bound[0] <= result.value[0] == len(result.placement.gpus)


def test_a_limit_is_of_gpus() -> None:
    problem = parallel((2,), max_gpus=5)
    assert (problem.max_engines, problem.gpu_limit) == (2, 2)
    assert problem.available(["example-0"]) == problem.fleet
    assert problem.available(["example-0"] * 2) == ()
    assert problem.num_gpus(["example-0"] * 2) == 4


def test_limits_that_cannot_be_kept() -> None:
    with pytest.raises(InputError, match="max_gpus: 1 is too few for an engine of 2 GPUs; 2 or"):
        parallel((2,), max_gpus=1)
    with pytest.raises(InputError, match="max_gpus: engines of 1 and 2 GPUs cannot share a lim"):
        parallel((2, 1), max_gpus=4)
