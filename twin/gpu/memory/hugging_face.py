"""Read an Architecture from the config.json of a Hugging Face model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.files.errors import InputError
from twin.files.plain_data import read_json
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.hugging_face_quantization import KV_CACHE_DTYPES, kv_entry_bytes, quantization

__all__ = ["architecture_from_config"]


@dataclasses.dataclass(frozen=True, slots=True)
class _Family:
    """What the config.json of a model type does not say, as vLLM's class of it has it."""

    lora_embeddings: bool = False
    lora_embeddings_since: str = ""
    qkv_bias: bool = False
    norms_per_layer: int = 2
    head_norms: bool = False
    fused_projections: bool = False
    tied_embeddings: bool = False  # where the configuration does not say


_LLAMA = _Family(lora_embeddings=True)
_QWEN3 = _Family(lora_embeddings=True, lora_embeddings_since="0.16", head_norms=True)
_GEMMA3 = _Family(norms_per_layer=4, head_norms=True, tied_embeddings=True)
_FAMILIES = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "mixtral": _LLAMA,
    "qwen2": _Family(qkv_bias=True),
    "qwen2_moe": _Family(qkv_bias=True),
    "qwen3": _QWEN3,
    "qwen3_moe": _QWEN3,
    "gemma2": _Family(norms_per_layer=4, tied_embeddings=True),
    "gemma3": _GEMMA3,
    "gemma3_text": _GEMMA3,
    "mistral3": _LLAMA,
    "phi3": _Family(lora_embeddings=True, fused_projections=True),
}
_NESTED = ("gemma3", "mistral3")
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
# Defaults of transformers for what the files of Gemma leave out.
_GEMMA_DEFAULTS = {"head_dim": 256, "vocab_size": 262208, "max_position_embeddings": 131072}
_GEMMA_HEADS = {"num_attention_heads": 8, "num_key_value_heads": 4}


def architecture_from_config(path: Path | str, *, kv_cache_dtype: str = "auto") -> Architecture:
    """Architecture of a decoder-only model.

    Weights in fp8, AWQ and GPTQ (also as compressed-tensors) and in 8 or 4 bits of bitsandbytes
    are read from ``quantization_config``. Of models that see images, the weights of the vision
    tower count, and what images take while they are processed does not.

    Parameters
    ----------
    path : Path or str
        ``config.json``, or the folder that holds it.
    kv_cache_dtype : str
        vLLM's ``--kv-cache-dtype``: auto, or one of fp8.

    Raises
    ------
    InputError
        If the file is missing, not JSON, lacks a number, or is of a model whose memory this model
        does not describe: what is missing is named.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "config.json"
    config = read_json(path)
    if not isinstance(config, Mapping):
        raise InputError(str(path), "is not a JSON object")
    if kv_cache_dtype not in KV_CACHE_DTYPES:
        accepted = "accepted: " + ", ".join(KV_CACHE_DTYPES)
        raise InputError("kv_cache_dtype", f"{kv_cache_dtype!r} is not known", accepted)
    where, family = str(path), config.get("model_type")
    if not isinstance(family, str) or family not in _FAMILIES:
        raise InputError(
            f"{where}, model_type",
            f"{family!r} is not supported: its layers are not described",
            "accepted: " + ", ".join(_FAMILIES),
        )
    text = _text_config(where, config)
    bits, group = quantization(where, config.get("quantization_config"))
    return _architecture(
        where,
        {**text, "model_type": family},
        {
            "weight_bits": bits,
            "weight_group": group,
            "kv_entry_bytes": kv_entry_bytes(kv_cache_dtype, config.get("quantization_config")),
            "other_parameters": _vision_parameters(where, config, text),
        },
    )


def _text_config(where: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part of a configuration."""
    if config["model_type"] not in _NESTED or "text_config" not in config:
        return config
    text = config["text_config"]
    if not isinstance(text, Mapping):
        raise InputError(f"{where}, text_config", f"{text!r} is not a JSON object")
    if config["model_type"] == "gemma3":
        return {**_GEMMA_DEFAULTS, **_GEMMA_HEADS, **text}
    return {**text}


def _architecture(
    where: str, config: Mapping[str, Any], others: Mapping[str, Any]
) -> Architecture:
    family = _FAMILIES[config["model_type"]]
    heads = _whole(where, config, "num_attention_heads")
    hidden = _whole(where, config, "hidden_size")
    layers = _whole(where, config, "num_hidden_layers")
    sliding, window = _sliding(where, config, layers)
    facts = dataclasses.asdict(family)
    tied = config.get("tie_word_embeddings")
    facts["tied_embeddings"] = family.tied_embeddings if tied is None else bool(tied)
    facts["qkv_bias"] = family.qkv_bias or bool(config.get("attention_bias", False))
    return Architecture(
        num_layers=layers,
        hidden_size=hidden,
        num_heads=heads,
        num_kv_heads=_whole(where, config, "num_key_value_heads", heads),
        head_size=_whole(where, config, "head_dim", hidden // heads),
        intermediate_size=_whole(where, config, "intermediate_size"),
        vocabulary=_whole(where, config, "vocab_size"),
        max_model_len=_whole(where, config, "max_position_embeddings"),
        sliding_layers=sliding,
        sliding_window=window,
        **_experts(where, config, layers),
        **facts,
        **others,
    )


def _experts(where: str, config: Mapping[str, Any], layers: int) -> dict[str, Any]:
    names = [name for name in _EXPERTS if config.get(name)]
    if not names:
        return {}
    family = config["model_type"]
    if family not in ("mixtral", "qwen2_moe", "qwen3_moe"):
        problem = f"experts of model type {family!r} are not described"
        raise InputError(f"{where}, {names[0]}", problem)
    if family == "mixtral":
        size = _whole(where, config, "intermediate_size")
    else:
        size = _whole(where, config, "moe_intermediate_size")
    sparse_step = _whole(where, config, "decoder_sparse_step", 1)
    dense_only = config.get("mlp_only_layers") or []
    sparse = [n for n in range(layers) if (n + 1) % sparse_step == 0 and n not in dense_only]
    shared = _whole(where, config, "shared_expert_intermediate_size", 0)
    return {
        "num_experts": _whole(where, config, names[0]),
        "experts_per_token": _whole(where, config, "num_experts_per_tok"),
        "expert_size": size,
        "shared_expert_size": shared if family == "qwen2_moe" else 0,
        "dense_layers": layers - len(sparse),
    }


def _sliding(where: str, config: Mapping[str, Any], layers: int) -> tuple[int, int]:
    """Layers with a window, and the window in tokens."""
    window = config.get("sliding_window")
    if window is None or config.get("use_sliding_window") is False:
        return 0, 0
    window = _whole(where, config, "sliding_window")
    types = config.get("layer_types")
    if isinstance(types, list) and types:
        count = sum(kind == "sliding_attention" for kind in types[:layers])
    elif config["model_type"] == "gemma2":
        count = (layers + 1) // 2
    elif config["model_type"].startswith("gemma3"):
        count = layers - layers // _whole(where, config, "sliding_window_pattern", 6)
    elif config["model_type"].startswith("qwen"):
        # Qwen has windows from max_window_layers on, and no published model uses them.
        count = max(layers - _whole(where, config, "max_window_layers", layers), 0)
    else:
        count = layers
    return (count, window) if count else (0, 0)


def _vision_parameters(where: str, config: Mapping[str, Any], text: Mapping[str, Any]) -> int:
    """Weights of the tower that sees images, and of what connects it; about, within 2 %."""
    vision = config.get("vision_config")
    if not isinstance(vision, Mapping) or config["model_type"] not in _NESTED:
        return 0
    name = f"{where}, vision_config"
    width = _whole(name, vision, "hidden_size")
    inner = _whole(name, vision, "intermediate_size")
    gated = vision.get("model_type") == "pixtral"
    layer = 4 * width * width + (3 if gated else 2) * width * inner
    hidden = _whole(where, text, "hidden_size")
    patch = _whole(name, vision, "patch_size", 14)
    connection = width * hidden + (hidden * hidden + 4 * width * width if gated else 0)
    return _whole(name, vision, "num_hidden_layers") * layer + 3 * patch**2 * width + connection


def _whole(where: str, config: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = config.get(name)
    if value is None and default is not None:
        return default
    least = 0 if default == 0 else 1
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{where}, {name}", f"{value!r} is not a positive whole number")
    return value
