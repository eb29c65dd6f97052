"""Architectures from the config.json of Hugging Face models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.hugging_face import architecture_from_config
from twin.gpu.memory.known_models import KNOWN_MODELS

# The numbers that count, as in the config.json that the vendors publish.
LLAMA31_8B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "attention_bias": False,
}
LLAMA32_1B = {
    **LLAMA31_8B,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "head_dim": 64,
    "tie_word_embeddings": True,
}
QWEN25_7B = {
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_attention_heads": 28,
    "num_hidden_layers": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
}


TINY_LLAMA = {
    "model_type": "llama",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1024,
    "max_position_embeddings": 2048,
    "torch_dtype": "bfloat16",
}
"""A model that nobody published, such as one made for a test."""


def write(tmp_path: Path, config: object) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    return path


@pytest.mark.parametrize(
    ("config", "name"),
    [(LLAMA31_8B, "llama31_8b"), (LLAMA32_1B, "llama32_1b"), (QWEN25_7B, "qwen25_7b")],
)
def test_published_configurations(tmp_path: Path, config: dict[str, Any], name: str) -> None:
    path = write(tmp_path, config)
    assert architecture_from_config(path) == KNOWN_MODELS[name]
    assert architecture_from_config(str(tmp_path)) == KNOWN_MODELS[name], "the folder will do"


def test_tiny_model_of_ones_own(tmp_path: Path) -> None:
    architecture = architecture_from_config(write(tmp_path, TINY_LLAMA))
    assert architecture.head_size == 64
    assert architecture.kv_bytes_per_token == 2 * 4 * 2 * 64 * 2
    layer = 256 * (256 + 2 * 128) + 256 * 256 + 3 * 256 * 512 + 2 * 256
    assert architecture.num_parameters == 4 * layer + 2 * 1024 * 256 + 256


def test_without_grouped_queries_every_head_has_keys(tmp_path: Path) -> None:
    config = {**LLAMA31_8B, "num_key_value_heads": None}
    architecture = architecture_from_config(write(tmp_path, config))
    assert architecture.num_kv_heads == architecture.num_heads == 32


def test_wide_heads_and_biases(tmp_path: Path) -> None:
    config = {**LLAMA31_8B, "model_type": "qwen3", "head_dim": 256, "attention_bias": True}
    architecture = architecture_from_config(write(tmp_path, config))
    assert architecture.head_size == 256
    assert architecture.qkv_bias
    assert not architecture.lora_embeddings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt2"}, ", model_type: 'gpt2' is not supported; accepted: llama, "),
        ({"model_type": None}, ", model_type: None is not supported; accepted: llama, "),
        ({"num_local_experts": 8}, ", num_local_experts: mixture-of-experts models are not"),
        ({"quantization_config": {"bits": 4}}, ", quantization_config: quantized weights are"),
        ({"hidden_size": None}, ", hidden_size: None is not a positive whole number"),
        ({"vocab_size": "32k"}, ", vocab_size: '32k' is not a positive whole number"),
        ({"num_hidden_layers": 0}, ", num_hidden_layers: 0 is not a positive whole number"),
        ({"intermediate_size": True}, ", intermediate_size: True is not a positive whole numb"),
    ],
)
def test_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path, {**LLAMA31_8B, **change})
    with pytest.raises(InputError) as error:
        architecture_from_config(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_heads_that_do_not_divide(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="num_kv_heads: 5 does not divide 32 heads"):
        architecture_from_config(write(tmp_path, {**LLAMA31_8B, "num_key_value_heads": 5}))


@pytest.mark.parametrize(("text", "problem"), [("{", "is not JSON"), ("[]", "is not a JSON obj")])
def test_other_files(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        architecture_from_config(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json: there is no such file"):
        architecture_from_config(tmp_path)
