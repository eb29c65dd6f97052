"""Shares of several GPUs, and their all-reduces."""

from __future__ import annotations

import pytest

from twin.gpu.datasheet import gpu
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.scale.parallel import Division, Talking


def model(gpus: int, *, fully_sharded: bool = False) -> KvCapacityModel:
    return capacity_model(
        KNOWN_MODELS["qwen25_7b"],
        80 << 30,
        0.9,
        "0.22.1",
        tensor_parallel_size=gpus,
        fully_sharded_loras=fully_sharded,
    )


def test_one_gpu_has_all_of_it_and_nobody_to_talk_to() -> None:
    assert Division(1, model(1)).of_term("prefill_token") == 1
    assert Talking.between(gpu("H100-80GB"), 1, model(1)) == Talking()


def test_shares() -> None:
    half = Division(2, model(2))
    assert half.of_term("prefill_token") == 0.5
    assert half.of_term("kv_token") == 0.5
    assert 0.5 < half.of_term("adapter_slot_rank") < 1, "one of both matrices is on all GPUs"
    assert Division(2, model(2, fully_sharded=True)).of_term("adapter_rank") == 0.5


def test_all_reduces() -> None:
    """Two in each of 28 layers; of 3584 values of 2 bytes each GPU sends and receives a half."""
    talking = Talking.between(gpu("H100-80GB"), 2, model(2))
    assert talking.each_step == pytest.approx(56 * 12e-6)
    assert talking.least < talking.each_step < talking.most
    assert talking.each_token == pytest.approx(56 * 3584 * 2 / 450e9)
    slow = Talking.between(gpu("L40S"), 2, model(2))
    assert slow.each_step > talking.each_step
    assert slow.each_token > 10 * talking.each_token
