"""Bits by the quantization_config of published models."""

from __future__ import annotations

from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.hugging_face_quantization import kv_entry_bytes, quantization

INT4 = {"weights": {"num_bits": 4, "group_size": 128, "type": "int"}}
FP8 = {"weights": {"num_bits": 8, "group_size": None, "type": "float"}}


@pytest.mark.parametrize(
    ("config", "bits", "group"),
    [
        (None, 0, 0),
        ({}, 0, 0),
        ({"quant_method": "fp8", "activation_scheme": "dynamic"}, 8, 0),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, 8, 0),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 4, 128),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, 8, 0),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": INT4}}, 4, 128),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": FP8}}, 8, 0),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, 4, 64),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 8, 0),
    ],
)
def test_methods(config: Any, bits: int, group: int) -> None:
    assert quantization("config.json", config) == (bits, group)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"quant_method": "mxfp4"}, ", quant_method: 'mxfp4' is not supported: its bytes per"),
        ({"quant_method": "gptq", "bits": 3}, ", bits: 3 is not supported; accepted: 4, 8"),
        ({"quant_method": "awq", "bits": 4, "group_size": 0}, ", group_size: 0 is not a posit"),
        ({"quant_method": "compressed-tensors"}, ", config_groups: no group has weights"),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"a": INT4, "b": FP8}},
            ", config_groups: weights of 2 kinds; one kind for all layers",
        ),
        ("fp8", ": 'fp8' is not a JSON object"),
    ],
)
def test_refused(config: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        quantization("config.json", config)
    assert str(error.value).startswith(f"config.json, quantization_config{message}")


def test_kv_cache() -> None:
    assert kv_entry_bytes("auto", None) == 0
    assert kv_entry_bytes("fp8", None) == 1
    assert kv_entry_bytes("auto", {"kv_cache_scheme": {"num_bits": 8, "type": "float"}}) == 1
    assert kv_entry_bytes("auto", {"kv_cache_scheme": None}) == 0
