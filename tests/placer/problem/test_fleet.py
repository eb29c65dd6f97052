"""GPU types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.testing import example_adapters, example_profile
from placer.problem.fleet import GpuType
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile


def test_adapters_that_a_type_can_serve() -> None:
    (adapter,) = example_adapters(1)
    gpu_type = GpuType(example_profile())
    assert gpu_type.refusal(adapter) is None
    assert gpu_type.refusal(replace(adapter, base_model="example-8b")) is None


def test_adapters_that_it_cannot_serve() -> None:
    (adapter,) = example_adapters(1)
    gpu_type = GpuType(example_profile())
    assert gpu_type.refusal(replace(adapter, rank=512)) is None, "beyond the measured ranks"
    other = gpu_type.refusal(replace(adapter, base_model="other"))
    assert other == "example serves example-8b, not other"


def test_a_count_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="count of GPU type example: 0 is below 1"):
        GpuType(example_profile(), 0)


def of_two_gpus(name: str = "example") -> ServingProfile:
    """Profile of an engine that takes two GPUs."""
    profile = example_profile(name)
    memory = replace(profile.kv_capacity_model, tensor_parallel_size=2)
    return replace(profile, kv_capacity_model=memory)


def test_a_count_is_of_gpus_and_engines_take_several() -> None:
    assert GpuType(example_profile(), 5).engines == 5
    assert GpuType(of_two_gpus(), 5).engines == 2
    assert GpuType(of_two_gpus()).engines is None
    named = GpuType(of_two_gpus(), names=("left", "right"))
    assert (named.count, named.engines) == (4, 2)


def test_too_few_gpus_for_an_engine() -> None:
    with pytest.raises(InputError, match="1 is below 2; 2 or more, for one engine"):
        GpuType(of_two_gpus(), 1)
    with pytest.raises(InputError, match=r"names \(2\) times the GPUs of an engine \(2\)"):
        GpuType(of_two_gpus(), 2, names=("left", "right"))


def test_an_engine_for_the_base_model_has_no_lora() -> None:
    gpu_type = GpuType(example_profile())
    alone = [gpu_type.engine_alone(rank) for rank in (0, 9)]
    assert [(config.max_loras, config.max_lora_rank) for config in alone] == [(0, 0), (1, 16)]


def test_engines_run_as_many_requests_at_a_time_as_a_type_says() -> None:
    profile = example_profile()
    usual, limited = GpuType(profile), GpuType(profile, max_num_seqs=12)
    assert usual.engine_config(2, 16) == profile.engine_config(2, 16)
    assert limited.engine_config(2, 16) == replace(profile.engine_config(2, 16), max_num_seqs=12)
    assert limited.engine_alone(16) == limited.engine_config(1, 16)


@pytest.mark.parametrize("number", [0, 10**6])
def test_what_vllm_refuses_is_no_limit(number: int) -> None:
    with pytest.raises(InputError, match="max_num_seqs"):
        GpuType(example_profile(), max_num_seqs=number)
