"""Profiles of earlier releases mean what they meant."""

from __future__ import annotations

from typing import Any

from twin.gpu.memory.earlier_files import from_earlier_file
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel

LLAMA = KNOWN_MODELS["llama31_8b"]
EARLIER: dict[str, Any] = {
    "architecture": LLAMA.to_dict(),
    "gpu_memory_bytes": round(63.43 * 2**30),
    "utilization": 0.9,
    "block_size": 16,
    "engine_generation": 1,
    "reserve_bytes": 786484428.8,
    "lora_reserve_bytes": 226534359.04,
    "forward_bytes": 514945187.84,
}


def test_v1_gives_the_capacities_that_were_measured() -> None:
    model = KvCapacityModel.from_dict(EARLIER)
    assert model.engine_version == "0.8.5"
    measured = {(0, 0, 50): 334944, (0, 0, 1000): 324832, (64, 32, 2048): 215104}
    for (slots, rank, requests), tokens in measured.items():
        assert abs(model.tokens(slots, rank, max_num_seqs=requests) / tokens - 1) < 0.005


def test_v0() -> None:
    values = from_earlier_file({**EARLIER, "engine_generation": 0, "forward_bytes": 0.0}, LLAMA)
    assert values["engine_version"] == "0.5.0"
    assert values["reserve_bytes"] == EARLIER["reserve_bytes"]
    assert "forward_bytes" not in values


def test_todays_files_stay_as_they_are() -> None:
    values = KvCapacityModel.from_dict(EARLIER).to_dict()
    assert from_earlier_file(values, LLAMA) is values
