"""Read an Architecture from the config.json of a Hugging Face model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.files.errors import InputError
from twin.files.plain_data import read_json
from twin.gpu.memory.architecture import Architecture

__all__ = ["architecture_from_config"]

_LLAMA_LIKE = ("llama", "mistral")
_WITHOUT_LORA_EMBEDDINGS = ("qwen2", "qwen3")
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")


def architecture_from_config(path: Path | str) -> Architecture:
    """Architecture of a dense decoder-only model.

    Parameters
    ----------
    path : Path or str
        ``config.json``, or the folder that holds it.

    Raises
    ------
    InputError
        If the file is missing, not JSON, lacks a number, or is of a model whose memory this model
        does not describe: another family, mixture of experts, or quantized.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "config.json"
    config = read_json(path)
    if not isinstance(config, Mapping):
        raise InputError(str(path), "is not a JSON object")
    _refuse_others(str(path), config)

    heads = _whole(str(path), config, "num_attention_heads")
    hidden = _whole(str(path), config, "hidden_size")
    family = config["model_type"]
    return Architecture(
        num_layers=_whole(str(path), config, "num_hidden_layers"),
        hidden_size=hidden,
        num_heads=heads,
        num_kv_heads=_whole(str(path), config, "num_key_value_heads", heads),
        head_size=_whole(str(path), config, "head_dim", hidden // heads),
        intermediate_size=_whole(str(path), config, "intermediate_size"),
        vocabulary=_whole(str(path), config, "vocab_size"),
        max_model_len=_whole(str(path), config, "max_position_embeddings"),
        tied_embeddings=bool(config.get("tie_word_embeddings", False)),
        qkv_bias=family == "qwen2" or bool(config.get("attention_bias", False)),
        lora_embeddings=family in _LLAMA_LIKE,
    )


def _refuse_others(where: str, config: Mapping[str, Any]) -> None:
    accepted = (*_LLAMA_LIKE, *_WITHOUT_LORA_EMBEDDINGS)
    if config.get("model_type") not in accepted:
        raise InputError(
            f"{where}, model_type",
            f"{config.get('model_type')!r} is not supported",
            "accepted: " + ", ".join(accepted),
        )
    if experts := [name for name in _EXPERTS if config.get(name)]:
        raise InputError(f"{where}, {experts[0]}", "mixture-of-experts models are not supported")
    if config.get("quantization_config"):
        raise InputError(
            f"{where}, quantization_config",
            "quantized weights are not supported",
            "16-bit weights",
        )


def _whole(where: str, config: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = config.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{where}, {name}", f"{value!r} is not a positive whole number")
    return value
