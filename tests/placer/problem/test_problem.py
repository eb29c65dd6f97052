"""Problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from estimators.testing import example_adapters, example_profile
from placer.problem.fleet import GpuType
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from twin.files.errors import InputError, ProfileError
from twin.workload.workload import Workload

WORKLOAD = Workload(example_adapters(3))
ONE, TWO = GpuType(example_profile("one")), GpuType(example_profile("two"))


@pytest.mark.parametrize(
    ("max_gpus", "counts", "limit"),
    [(None, (None,), None), (3, (None,), 3), (None, (2, 4), 6), (5, (2, 4), 5), (9, (2, None), 9)],
)
def test_limit_of_all_types_together(
    max_gpus: int | None, counts: tuple[int | None, ...], limit: int | None
) -> None:
    types = (replace(gpu, count=count) for gpu, count in zip((ONE, TWO), counts, strict=False))
    assert Problem(WORKLOAD, tuple(types), max_gpus).gpu_limit == limit


def test_types_are_found_by_the_name_of_their_profile() -> None:
    problem = Problem(WORKLOAD, (ONE, TWO))
    assert problem.gpu_type("two") is TWO
    with pytest.raises(InputError, match="'three' is not in the fleet; accepted: one, two"):
        problem.gpu_type("three")


def test_from_a_file_of_adapters(tmp_path: Path) -> None:
    path = tmp_path / "adapters.csv"
    path.write_text("name,rank,rate_req_s\na,8,0.5\nb,16,0.25\n")
    problem = Problem.from_adapters_csv(path, "h100_64gb_llama31_8b", max_gpus=2)
    assert [a.name for a in problem.workload.adapters] == ["a", "b"]
    assert [gpu.profile.name for gpu in problem.fleet] == ["h100_64gb_llama31_8b"]
    assert problem.gpu_limit == 2
    assert Problem.from_adapters_csv(path, example_profile()).fleet[0].count is None
    hourly = Problem.from_adapters_csv(path, example_profile(), rate_unit="h")
    assert hourly.workload.rate == pytest.approx(0.75 / 3600)
    with pytest.raises(ProfileError, match="a100"):
        Problem.from_adapters_csv(path, "a100")


def test_what_runs_has_names_that_vllm_can_take() -> None:
    plan = GpuPlan("one", ONE.profile.engine_config(1, 8), (("a\nb", 1.0),))
    with pytest.raises(InputError, match=r"previous placement, adapter name: 'a\\nb'"):
        Problem(WORKLOAD, (ONE,), previous=Placement((plan,)))
