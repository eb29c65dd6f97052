"""Values that no model of a KV capacity can have."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel

MODEL = capacity_model(KNOWN_MODELS["llama31_8b"], 64 << 30, 0.9, "0.8.5")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gpu_memory_bytes": 0}, "gpu_memory_bytes: 0 is not a positive whole number"),
        ({"gpu_memory_bytes": None}, "gpu_memory_bytes: None is not a positive whole number"),
        ({"utilization": 0}, "utilization: 0 is not in (0, 1]"),
        ({"utilization": 1.1}, "utilization: 1.1 is not in (0, 1]"),
        ({"block_size": 0}, "block_size: 0 is not a positive whole number"),
        ({"block_size": 1.5}, "block_size: 1.5 is not a positive whole number"),
        ({"engine_version": "new"}, "engine version: 'new' cannot be read"),
        ({"engine_version": 1}, "engine_version: 1 is not a text"),
        ({"tensor_parallel_size": 3}, "tensor_parallel_size: 3 does not divide the attention"),
        ({"enforce_eager": "no"}, "enforce_eager: 'no' is not true or false"),
        ({"lora_target_modules": ["q"]}, "lora_target_modules: the model has no 'q'; accepted: "),
        ({"lora_target_modules": ["q_proj"]}, "lora_target_modules: vLLM 0.8.5 has slots for all"),
        ({"reserve_bytes": -1.0}, "reserve_bytes: -1.0 is not a number of bytes"),
        ({"lora_reserve_bytes": math.nan}, "lora_reserve_bytes: nan is not a number of bytes"),
        ({"tuning_bytes": "1"}, "tuning_bytes: '1' is not a number of bytes"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        KvCapacityModel.from_dict({**MODEL.to_dict(), **change})
    assert str(error.value).startswith(message)
    ((name, value),) = change.items()
    with pytest.raises(InputError) as error:
        replace(MODEL, **{name: value})
    assert str(error.value).startswith(message)


def test_layers_are_told_apart_by_later_engines() -> None:
    later = replace(MODEL, engine_version="0.22.1", lora_target_modules=("q_proj",))
    assert later.slot_bytes(8) < MODEL.slot_bytes(8)
