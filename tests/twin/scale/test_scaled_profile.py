"""Profiles of GPUs that nobody measured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from twin.engine.simulate import simulate
from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS, gpu
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.scale.scaled_profile import scale_profile, scaled_name
from twin.sources.paper_workload import paper_workload

MEASURED = read_profile("h100_64gb_llama31_8b")
OTHERS = [entry for entry in GPUS.values() if entry.name != MEASURED.gpu]


def test_each_term_by_what_bounds_it() -> None:
    scaled = scale_profile(MEASURED, gpu("H200"))
    old, new = MEASURED.step_time, scaled.step_time
    faster = 2.02 / 4.8
    assert new.kv_token == pytest.approx(old.kv_token * faster, rel=1e-3)
    assert new.decode == pytest.approx(old.decode * (1 + 2 * faster) / 3, rel=1e-3)
    assert new.prefill_token == old.prefill_token  # the same tensor cores
    assert new.scheduler_waiting == old.scheduler_waiting
    assert new.graph_tokens == old.graph_tokens
    assert scaled.adapter_load == MEASURED.adapter_load  # from host memory
    assert scaled.front_end == MEASURED.front_end
    read = 2 * (8.03e9 - 128256 * 4096) / 0.85
    assert old.base - new.base == pytest.approx(read / 2.02e12 - read / 4.8e12, rel=1e-2)


def test_small_kernels_keep_pace_with_multiprocessors_and_clock() -> None:
    scaled = scale_profile(MEASURED, gpu("A100-80GB")).step_time
    slower = 132 * 1.98 / (108 * 1.41)
    assert scaled.adapter == pytest.approx(MEASURED.step_time.adapter * slower, rel=1e-3)
    assert scaled.prefill_token == pytest.approx(
        MEASURED.step_time.prefill_token * 989 / 312, rel=1e-3
    )


def test_weights_that_take_all_of_the_base() -> None:
    """A base that is too short for the weights is all reading."""
    short = MEASURED.with_step_time(MEASURED.step_time.with_terms({"base": 0.004}))
    scaled = scale_profile(short, gpu("H200"))
    assert scaled.step_time.base == pytest.approx(0.004 * 2.02 / 4.8, rel=1e-3)


@pytest.mark.parametrize("other", OTHERS, ids=lambda entry: entry.name)
def test_what_the_datasheet_says(other: object) -> None:
    entry = gpu(getattr(other, "name", ""))
    scaled = scale_profile(MEASURED, entry)
    assert scaled.gpu == entry.name
    assert scaled.price_per_hour == pytest.approx(entry.price_per_hour, nan_ok=True)
    assert (scaled.idle_watts, scaled.busy_watts) == (entry.idle_watts, entry.busy_watts)
    assert scaled.kv_capacity_model.gpu_memory_bytes == entry.memory_bytes
    larger = entry.memory_bytes > gpu(MEASURED.gpu).memory_bytes
    assert (scaled.kv_capacity(32, 16) > MEASURED.kv_capacity(32, 16)) == larger
    assert scaled.estimated_from == MEASURED.name
    assert MEASURED.uncertainty < scaled.uncertainty < 0.5
    assert scaled.provenance["measured_fingerprint"] == MEASURED.fingerprint
    assert scaled.provenance["price_source"] == entry.price_source
    assert ServingProfile.from_dict(scaled.to_dict()) == scaled


def test_the_less_alike_the_less_certain() -> None:
    near, far = (scale_profile(MEASURED, gpu(name)).uncertainty for name in ("H100-80GB", "L40S"))
    assert near < 0.6 * far
    twin = replace(gpu("H100-64GB"), name="H100-64GB-again")
    doubt = scale_profile(MEASURED, twin).uncertainty
    assert doubt < math.hypot(MEASURED.uncertainty, 0.05)  # only the host may differ


def test_a_faster_gpu_serves_more() -> None:
    workload = paper_workload(64, rates=[1.6, 0.8, 0.4])
    served = []
    for name in ("L40S", "H100-80GB", "H200"):
        profile = scale_profile(MEASURED, gpu(name))
        config = profile.engine_config(32, 32)
        served.append(simulate(workload, config, profile, duration=300.0).served_throughput)
    assert served[0] < 0.9 * served[1] < 0.9 * served[2]


def test_names() -> None:
    assert scaled_name(MEASURED, gpu("H200")) == "h200_141gb_llama31_8b"
    assert scaled_name(MEASURED, gpu("L40S")) == "l40s_48gb_llama31_8b"
    assert scaled_name(MEASURED, gpu("A100-80GB")) == "a100_80gb_llama31_8b"
    assert scaled_name(replace(MEASURED, name="mine"), gpu("H200")) == "h200_141gb_mine"


def test_what_cannot_be_scaled() -> None:
    scaled = scale_profile(MEASURED, gpu("H200"))
    with pytest.raises(InputError, match="was itself scaled from h100_64gb_llama31_8b"):
        scale_profile(scaled, gpu("L40S"))
    with pytest.raises(InputError, match="was measured on H100-64GB itself"):
        scale_profile(MEASURED, gpu("H100-64GB"))
    with pytest.raises(InputError, match="'TPU' is not known"):
        scale_profile(replace(MEASURED, gpu="TPU"), gpu("L40S"))


def test_two_gpus_divide_what_is_read_and_multiplied_and_talk() -> None:
    one, two = MEASURED, scale_profile(MEASURED, gpu(MEASURED.gpu), 2)
    assert two.name == "h100_64gb_x2_llama31_8b"
    assert (two.gpus_per_engine, two.gpu) == (2, one.gpu)
    old, new = one.step_time, two.step_time
    assert new.kv_token == pytest.approx(old.kv_token / 2, rel=1e-3)
    assert new.prefill_token > old.prefill_token / 2, "all-reduces"
    assert new.prefill_token < 0.7 * old.prefill_token
    assert new.adapter == old.adapter, "kernels stay as many"
    assert old.adapter_slot_rank / 2 < new.adapter_slot_rank < old.adapter_slot_rank
    assert new.base < old.base
    assert two.price_per_hour == 2 * gpu(MEASURED.gpu).price_per_hour
    assert two.busy_watts == 2 * gpu(MEASURED.gpu).busy_watts
    assert two.uncertainty > one.uncertainty
    assert two.provenance["gpus_per_engine"] == "2; all-reduces were not measured"
    assert two.kv_capacity(32, 16) > 2 * one.kv_capacity(32, 16)
    assert ServingProfile.from_dict(two.to_dict()) == two


def test_a_profile_of_several_gpus_stays_one() -> None:
    """Another GPU, as many of them: nothing is divided a second time."""
    pair = replace(scale_profile(MEASURED, gpu("H100-80GB"), 2), estimated_from="")
    moved = scale_profile(pair, gpu("H200"))
    assert moved.name == "h200_141gb_x2_llama31_8b"
    assert moved.gpus_per_engine == 2
    assert moved.kv_capacity_model.reserve_bytes == pair.kv_capacity_model.reserve_bytes
    ratio = 3.35 / 4.8
    assert moved.step_time.kv_token == pytest.approx(pair.step_time.kv_token * ratio, rel=1e-3)


def test_numbers_of_gpus_that_cannot_be_told() -> None:
    pair = replace(scale_profile(MEASURED, gpu("H100-80GB"), 2), estimated_from="")
    for profile, other, gpus, message in (
        (pair, "H200", 4, "was measured on 2 GPUs, from which 4 cannot be told"),
        (MEASURED, "H200", 0, "tensor_parallel_size: 0 is below 1"),
        (MEASURED, "H200", 3, "tensor_parallel_size: 3 does not divide the attention heads"),
        (pair, "H100-80GB", 2, "was measured on H100-80GB itself"),
    ):
        with pytest.raises(InputError, match=message):
            scale_profile(profile, gpu(other), gpus)


def test_the_context_of_cuda_is_that_of_the_gpu() -> None:
    scaled = scale_profile(MEASURED, gpu("L4")).kv_capacity_model
    assert scaled.reserve_bytes < MEASURED.kv_capacity_model.reserve_bytes - 400e6
