"""GPU types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.testing import example_adapters, example_profile
from placer.problem.fleet import GpuType
from twin.files.errors import InputError


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
