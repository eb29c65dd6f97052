"""Random adapters: as large as real ones, made from a model's config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from twin.files.atomic_write import write_text
from twin.files.errors import InputError
from twin.files.plain_data import read_json

__all__ = ["write_random_adapter"]

_FAMILIES = ("llama", "mistral", "qwen2", "qwen3")  # whose layers have the names below
_SCALE = 0.01  # of the weights: an adapter of zeros could be passed over


def write_random_adapter(folder: Path, config: Path, rank: int) -> Path:
    """Write a LoRA adapter on all seven projections of every layer, unless it is there.

    Parameters
    ----------
    folder : Path
        Where the folder of the adapter is made.
    config : Path
        ``config.json`` of the model.
    rank : int

    Returns
    -------
    Path
        Folder of the adapter.

    Raises
    ------
    InputError
        If the file cannot be read, or the layers of its family have other names.
    """
    from safetensors.numpy import save_file

    target = folder.resolve() / f"r{rank}"
    if (target / "adapter_config.json").is_file():
        return target
    shapes = _projections(config)
    target.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(rank)
    weights = {}
    for name, (width_in, width_out) in shapes.items():
        prefix = f"base_model.model.model.{name}"
        weights[f"{prefix}.lora_A.weight"] = _random(rng, rank, width_in)
        weights[f"{prefix}.lora_B.weight"] = _random(rng, width_out, rank)
    save_file(weights, target / "adapter_model.safetensors")
    description = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "",
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.rpartition(".")[2] for name in shapes}),
    }
    write_text(target / "adapter_config.json", json.dumps(description, indent=1))  # tells of both
    return target


def _projections(path: Path) -> dict[str, tuple[int, int]]:
    """Widths, in and out, of what adapters are on, by name."""
    config = read_json(path)
    if not isinstance(config, Mapping) or config.get("model_type") not in _FAMILIES:
        family = config.get("model_type") if isinstance(config, Mapping) else None
        raise InputError(
            f"{path}, model_type",
            f"no random adapters are made for {family!r}",
            f"one of {', '.join(_FAMILIES)}; or give --adapters",
        )
    hidden, heads = _size(path, config, "hidden_size"), _size(path, config, "num_attention_heads")
    inner = _size(path, config, "intermediate_size")
    head = config.get("head_dim") or hidden // heads
    query = head * heads
    kv = head * (config.get("num_key_value_heads") or heads)
    layer = {
        "self_attn.q_proj": (hidden, query),
        "self_attn.k_proj": (hidden, kv),
        "self_attn.v_proj": (hidden, kv),
        "self_attn.o_proj": (query, hidden),
        "mlp.gate_proj": (hidden, inner),
        "mlp.up_proj": (hidden, inner),
        "mlp.down_proj": (inner, hidden),
    }
    return {
        f"layers.{i}.{name}": shape
        for i in range(_size(path, config, "num_hidden_layers"))
        for name, shape in layer.items()
    }


def _size(path: Path, config: Mapping[str, Any], name: str) -> int:
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{path}, {name}", f"{value!r} is not a positive whole number")
    return value


def _random(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    drawn = rng.standard_normal((rows, columns), dtype=np.float32)
    return (drawn * np.float32(_SCALE)).astype(np.float16)
