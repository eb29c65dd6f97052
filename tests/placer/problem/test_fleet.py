"""GPU types."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from estimators.testing import example_adapters, example_profile
from placer.problem.fleet import GpuType, find_profile
from twin.files.errors import InputError, ProfileError
from twin.gpu.profile import bundled_profile


def test_adapters_that_a_type_can_serve() -> None:
    (adapter,) = example_adapters(1)
    gpu_type = GpuType(example_profile())
    assert gpu_type.refusal(adapter) is None
    assert gpu_type.refusal(replace(adapter, base_model="example-8b")) is None


def test_adapters_that_it_cannot_serve() -> None:
    (adapter,) = example_adapters(1)
    gpu_type = GpuType(example_profile())
    assert gpu_type.refusal(replace(adapter, rank=33)) == "rank 33 is above example's largest (32)"
    other = gpu_type.refusal(replace(adapter, base_model="other"))
    assert other == "example serves example-8b, not other"


def test_a_count_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="count of GPU type example: 0 is below 1"):
        GpuType(example_profile(), 0)


def test_profiles_are_found_by_name_and_by_file(tmp_path: Path) -> None:
    assert find_profile("h100_64gb_llama31_8b") == bundled_profile("h100_64gb_llama31_8b")
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(example_profile("mine").to_dict()))
    assert find_profile(path) == find_profile(str(path)) == example_profile("mine")


def test_profiles_that_are_not_found(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"'a100' is unknown; accepted: .*h100_64gb"):
        find_profile("a100")
    with pytest.raises(ProfileError, match=r"no\.yaml: cannot be read"):
        find_profile(tmp_path / "no.yaml")
