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


FAMILIES: dict[str, dict[str, Any]] = {
    "qwen3_8b": {
        "model_type": "qwen3",
        "hidden_size": 4096,
        "intermediate_size": 12288,
        "num_attention_heads": 32,
        "num_hidden_layers": 36,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "max_position_embeddings": 40960,
        "sliding_window": None,
        "use_sliding_window": False,
        "max_window_layers": 36,
        "tie_word_embeddings": False,
    },
    "qwen3_30b_a3b": {
        "model_type": "qwen3_moe",
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "moe_intermediate_size": 768,
        "num_attention_heads": 32,
        "num_hidden_layers": 48,
        "num_key_value_heads": 4,
        "head_dim": 128,
        "num_experts": 128,
        "num_experts_per_tok": 8,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "vocab_size": 151936,
        "max_position_embeddings": 40960,
    },
    "mixtral_8x7b": {
        "model_type": "mixtral",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "num_key_value_heads": 8,
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
        "sliding_window": None,
        "vocab_size": 32000,
        "max_position_embeddings": 32768,
    },
    "mistral_7b_v01": {
        "model_type": "mistral",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "num_key_value_heads": 8,
        "sliding_window": 4096,
        "vocab_size": 32000,
        "max_position_embeddings": 32768,
    },
    "gemma2_9b": {
        "model_type": "gemma2",
        "hidden_size": 3584,
        "intermediate_size": 14336,
        "num_attention_heads": 16,
        "num_hidden_layers": 42,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "sliding_window": 4096,
        "vocab_size": 256000,
        "max_position_embeddings": 8192,
    },
    "gemma3_1b": {
        "model_type": "gemma3_text",
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "num_attention_heads": 4,
        "num_hidden_layers": 26,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "sliding_window": 512,
        "sliding_window_pattern": 6,
        "vocab_size": 262144,
        "max_position_embeddings": 32768,
    },
    "phi4": {
        "model_type": "phi3",
        "hidden_size": 5120,
        "intermediate_size": 17920,
        "num_attention_heads": 40,
        "num_hidden_layers": 40,
        "num_key_value_heads": 10,
        "sliding_window": None,
        "vocab_size": 100352,
        "max_position_embeddings": 16384,
    },
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
    assert architecture.head_norms
    assert architecture.lora_embeddings_since == "0.16"


def test_published_families(tmp_path: Path) -> None:
    """Each as its vendor's config.json has it."""
    for name, config in FAMILIES.items():
        assert architecture_from_config(write(tmp_path, config)) == KNOWN_MODELS[name], name


def test_models_that_see_images_have_a_tower(tmp_path: Path) -> None:
    """google/gemma-3-4b-it: 4,300,079,472 weights, 3,880,263,168 of the language model's."""
    text = {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34}
    vision = {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27}
    config = {
        "model_type": "gemma3",
        "text_config": {**text, "model_type": "gemma3_text", "sliding_window": 1024},
        "vision_config": {**vision, "model_type": "siglip_vision_model", "patch_size": 14},
    }
    architecture = architecture_from_config(write(tmp_path, config))
    assert architecture.num_parameters == pytest.approx(4_300_079_472, rel=0.005)
    assert architecture.sliding_layers == 34 - 5
    assert architecture.tied_embeddings


def test_quantized_models_and_caches(tmp_path: Path) -> None:
    awq = {"quant_method": "awq", "bits": 4, "group_size": 128}
    path = write(tmp_path, {**LLAMA31_8B, "quantization_config": awq})
    assert architecture_from_config(path).weight_bits == 4
    cached = architecture_from_config(path, kv_cache_dtype="fp8")
    assert cached.kv_bytes_per_token == 64 * 1024
    with pytest.raises(InputError, match="kv_cache_dtype: 'int4' is not known; accepted: auto"):
        architecture_from_config(path, kv_cache_dtype="int4")


def test_windows_that_are_switched_off(tmp_path: Path) -> None:
    config = {**QWEN25_7B, "sliding_window": 131072, "use_sliding_window": False}
    assert architecture_from_config(write(tmp_path, config)).sliding_layers == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt2"}, ", model_type: 'gpt2' is not supported: its layers are not"),
        ({"model_type": None}, ", model_type: None is not supported: its layers are not"),
        ({"num_local_experts": 8}, ", num_local_experts: experts of model type 'llama' are not"),
        ({"quantization_config": {"bits": 4}}, ", quantization_config, quant_method: None is"),
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
