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


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_weight_tensors_are_the_weights(name: str) -> None:
    """All weights, and the rotary table that is no parameter."""
    model = KNOWN_MODELS[name]
    rotary = model.max_model_len * model.head_size * model.dtype_bytes
    assert sum(model.weight_tensors()) == model.weight_bytes + rotary


@pytest.mark.parametrize(
    ("name", "kib"),
    [("llama2_7b", 512), ("llama2_13b", 800), ("llama31_8b", 128), ("qwen25_7b", 56)],
)
def test_kv_bytes_per_token(name: str, kib: int) -> None:
    """Column kv_bytes_per_token of the start-up logs of arXiv 2602.24044."""
    assert KNOWN_MODELS[name].kv_bytes_per_token == kib * 1024


@pytest.mark.parametrize(
    ("model", "parameters"), [(LLAMA, 20_971_520), (QWEN, 20_185_088)], ids=["llama", "qwen"]
)
def test_slot_holds_an_adapter_of_all_linear_layers(model: Architecture, parameters: int) -> None:
    """Parameters that PEFT prints for an adapter of rank 8 on all linear layers."""
    assert replace(model, lora_embeddings=False).slot_bytes(8) == 2 * parameters


def test_slots_of_the_embeddings_come_on_top() -> None:
    """256 added rows at both ends, and matrices for embeddings and output layer."""
    extra = LLAMA.slot_bytes(8) - replace(LLAMA, lora_embeddings=False).slot_bytes(8)
    rows = 2 * 256 * 4096 + 256 * 4096  # bytes / 2: embeddings twice, output layer once
    matrices = 8 * (128256 + 256 + 4096 + 4096 + 128256)
    assert extra == 2 * (rows + matrices)


def test_slot_bytes_grow_with_the_rank() -> None:
    assert QWEN.slot_bytes(32) == 4 * QWEN.slot_bytes(8)
    assert LLAMA.slot_bytes(16) < 2 * LLAMA.slot_bytes(8)


def test_no_slots_no_tensors() -> None:
    assert LLAMA.slot_tensors(0, 0) == []
    assert len(QWEN.slot_tensors(4, 8)) == 28 * 14


def test_read_and_written() -> None:
    assert Architecture.from_dict(QWEN.to_dict()) == QWEN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": 0}, "num_layers: 0 is not a positive whole number"),
        ({"hidden_size": 4096.0}, "hidden_size: 4096.0 is not a positive whole number"),
        ({"vocabulary": True}, "vocabulary: True is not a positive whole number"),
        ({"dtype_bytes": "2"}, "dtype_bytes: '2' is not a positive whole number"),
        ({"qkv_bias": 1}, "qkv_bias: 1 is not true or false"),
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
