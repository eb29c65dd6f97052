"""Bytes that follow from public architecture numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.known_models import KNOWN_MODELS

LLAMA = KNOWN_MODELS["llama31_8b"]
QWEN = KNOWN_MODELS["qwen25_7b"]


@pytest.mark.parametrize(
    ("name", "kib"),
    [("llama2_7b", 512), ("llama2_13b", 800), ("llama31_8b", 128), ("qwen25_7b", 56)],
)
def test_kv_bytes_per_token(name: str, kib: int) -> None:
    """Column kv_bytes_per_token of the start-up logs of arXiv 2602.24044."""
    assert KNOWN_MODELS[name].kv_bytes_per_token == kib * 1024


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_read_and_written(name: str) -> None:
    model = KNOWN_MODELS[name]
    assert Architecture.from_dict(model.to_dict()) == model


def test_what_most_models_do_not_have_is_not_written() -> None:
    assert "num_experts" not in LLAMA.to_dict()
    assert KNOWN_MODELS["mixtral_8x7b"].to_dict()["num_experts"] == 8


def test_a_shard_divides_heads_widths_and_vocabulary() -> None:
    half = LLAMA.shard(2)
    assert (half.num_heads, half.num_kv_heads, half.intermediate_size) == (16, 4, 7168)
    assert half.vocabulary == 64128
    assert half.hidden_size == LLAMA.hidden_size
    assert LLAMA.shard(1) is LLAMA
    experts = KNOWN_MODELS["qwen3_30b_a3b"].shard(4)
    assert (experts.num_experts, experts.expert_size) == (128, 192)


def test_kv_heads_are_repeated_where_there_are_fewer_than_gpus() -> None:
    shard = QWEN.shard(4)
    assert shard.num_kv_heads == 1
    assert replace(QWEN, num_kv_heads=2).shard(4).num_kv_heads == 1
    assert shard.kv_bytes_per_token == QWEN.kv_bytes_per_token / 4


@pytest.mark.parametrize(
    ("model", "gpus", "message"),
    [
        (QWEN, 8, "tensor_parallel_size: 8 does not divide the attention heads (28)"),
        (LLAMA, 3, "tensor_parallel_size: 3 does not divide the attention heads (32)"),
        (
            replace(LLAMA, num_heads=24, num_kv_heads=6),
            4,
            "tensor_parallel_size: 4 GPUs cannot share 6 KV heads; one divides the other",
        ),
        (
            replace(LLAMA, intermediate_size=14337),
            2,
            "tensor_parallel_size: 2 does not divide the intermediate_size (14337)",
        ),
    ],
)
def test_models_that_vllm_does_not_divide(model: Architecture, gpus: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        model.shard(gpus)
    assert str(error.value) == message


def test_kv_cache_in_eight_bits() -> None:
    assert replace(LLAMA, kv_entry_bytes=1).kv_bytes_per_token == 64 * 1024


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": 0}, "num_layers: 0 is not a positive whole number"),
        ({"hidden_size": 4096.0}, "hidden_size: 4096.0 is not a positive whole number"),
        ({"vocabulary": True}, "vocabulary: True is not a positive whole number"),
        ({"dtype_bytes": "2"}, "dtype_bytes: '2' is not a positive whole number"),
        ({"qkv_bias": 1}, "qkv_bias: 1 is not true or false"),
        ({"num_experts": 8}, "experts_per_token: 0 is not between 1 and 8 experts"),
        ({"num_experts": 8, "experts_per_token": 2}, "expert_size: 0 with experts"),
        ({"sliding_layers": 32}, "sliding_window: 0 with 32 sliding layers"),
        ({"sliding_layers": 33}, "sliding_layers: 33 of 32 layers"),
        ({"weight_bits": 3}, "weight_bits: 3; 0 (not quantized), 4 or 8"),
        ({"lora_embeddings_since": 1}, "lora_embeddings_since: 1 is not a text"),
        ({"num_kv_heads": 5}, "num_kv_heads: 5 does not divide 32 heads"),
        ({"layers": 3}, "architecture: unknown layers; known: "),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        Architecture.from_dict({**LLAMA.to_dict(), **change})
    assert str(error.value).startswith(message)


def test_missing_numbers() -> None:
    data = LLAMA.to_dict()
    del data["num_layers"], data["hidden_size"]
    with pytest.raises(InputError, match=r"^here: missing hidden_size, num_layers$"):
        Architecture.from_dict(data, "here")
