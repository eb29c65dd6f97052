"""Facts of a server: model, version and flags, from its log, its pages or the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from twin.files.errors import InputError
from twin.measure.counters import Info

__all__ = ["Facts", "read_log", "read_server_info", "with_info"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What measurements are of; 0 and empty where it is not known.

    Parameters
    ----------
    model, gpu, vllm_version : str
    max_loras, max_lora_rank : int
    max_num_seqs, max_num_batched_tokens, max_model_len, block_size : int
        Flags of the engine, as it runs with them.
    tensor_parallel_size : int
    gpu_memory_utilization : float
    kv_cache_tokens : int
    model_load_gib, kv_available_gib, graph_capture_gib : float
        Memory, as the log has it.
    dtype, quantization, kv_cache_dtype : str
    enforce_eager : str
        ``"True"`` without CUDA graphs.
    specialize_active_lora : str
        ``"True"`` where LoRA kernels are launched for the active adapters alone.
    """

    model: str = ""
    gpu: str = ""
    vllm_version: str = ""
    max_loras: int = 0
    max_lora_rank: int = 0
    max_num_seqs: int = 0
    max_num_batched_tokens: int = 0
    max_model_len: int = 0
    block_size: int = 0
    tensor_parallel_size: int = 0
    gpu_memory_utilization: float = 0.0
    kv_cache_tokens: int = 0
    model_load_gib: float = 0.0
    kv_available_gib: float = 0.0
    graph_capture_gib: float = 0.0
    dtype: str = ""
    quantization: str = ""
    kv_cache_dtype: str = ""
    enforce_eager: str = ""
    specialize_active_lora: str = ""

    def filled(self, other: Facts) -> Facts:
        """The same, with another's where it does not know."""
        known = {
            field.name: getattr(other, field.name)
            for field in fields(self)
            if not getattr(self, field.name)
        }
        return replace(self, **known)

    def check(self, needed: Sequence[str], where: str) -> None:
        """Refuse facts that lack one which the tables must tell.

        Raises
        ------
        InputError
            That names it, and the option that says it.
        """
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            options = ", ".join("--" + name.replace("_", "-") for name in missing)
            raise InputError(
                where,
                f"{', '.join(missing)}: neither the server nor its log tells",
                f"give {options} as the server has it, or its log with --server-log",
            )


_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "vllm_version": (
        r"LLM engine \(v(\d[^\s)]*)\)",
        r"\bversion (\d+\.\d\S*)",
    ),
    "max_loras": (r"max_loras'?[=:]\s*(\d+)",),
    "max_lora_rank": (r"max_lora_rank'?[=:]\s*(\d+)",),
    "max_num_seqs": (r"max_num_seqs'?[=:]\s*(\d+)",),
    "max_num_batched_tokens": (r"max_num_batched_tokens'?[=:]\s*(\d+)",),
    "max_model_len": (r"max_seq_len=(\d+)", r"max_model_len'?[=:]\s*(\d+)"),
    "block_size": (r"block_size'?[=:]\s*(\d+)",),
    "tensor_parallel_size": (r"tensor_parallel_size'?[=:]\s*(\d+)",),
    "gpu_memory_utilization": (r"gpu_memory_utilization'?[=:]\s*(\d+(?:\.\d+)?)",),
    "kv_cache_tokens": (r"KV cache size: (\d[\d,]*) tokens",),
    "model_load_gib": (r"Model loading took (\d+(?:\.\d+)?) ?Gi?B",),
    "kv_available_gib": (r"Available KV cache memory: (\d+(?:\.\d+)?) ?GiB",),
    "graph_capture_gib": (
        r"CUDA graph pool memory: (\d+(?:\.\d+)?) GiB \(actual\)",
        r"Graph capturing finished in \d+ secs?, took (\d+(?:\.\d+)?) ?GiB",
    ),
    "dtype": (r"\bdtype=(?:torch\.)?(\w+)",),
    "quantization": (r"\bquantization=(\w+)",),
    "kv_cache_dtype": (r"\bkv_cache_dtype=(\w+)",),
    "enforce_eager": (r"\benforce_eager=(\w+)",),
    "specialize_active_lora": (r"specialize_active_lora'?[=:]\s*(\w+)",),
}
"""Where a log tells a fact, the best place first; the last one it says counts."""


_IN_CONFIG: Mapping[str, tuple[str, str]] = {
    "max_num_seqs": ("scheduler_config", "max_num_seqs"),
    "max_num_batched_tokens": ("scheduler_config", "max_num_batched_tokens"),
    "max_model_len": ("model_config", "max_model_len"),
    "max_loras": ("lora_config", "max_loras"),
    "max_lora_rank": ("lora_config", "max_lora_rank"),
    "tensor_parallel_size": ("parallel_config", "tensor_parallel_size"),
    "gpu_memory_utilization": ("cache_config", "gpu_memory_utilization"),
    "block_size": ("cache_config", "block_size"),
    "specialize_active_lora": ("lora_config", "specialize_active_lora"),
}
"""Where the configuration that a server tells has a fact: part and key."""

_SWITCHES = ("specialize_active_lora",)  # in that configuration true or false


def read_log(text: str) -> Facts:
    """Facts that the log of a vLLM server tells.

    Parameters
    ----------
    text : str
        From its start on.
    """
    found: dict[str, str | int | float] = {}
    for name, patterns in _PATTERNS.items():
        value = next((m[-1] for p in patterns if (m := re.findall(p, text))), None)
        if value is not None and value != "None":
            found[name] = _typed(name, value)
    return Facts(**found)  # type: ignore[arg-type]  # typed by the fields themselves


def read_server_info(config: Mapping[str, Any]) -> Facts:
    """Facts that a server in development mode tells of its configuration.

    Parameters
    ----------
    config : mapping
        As `Client.server_info` has it.
    """
    found: dict[str, str | int | float] = {}
    for name, (part, key) in _IN_CONFIG.items():
        section = config.get(part)
        value = section.get(key) if isinstance(section, Mapping) else None
        kind = type(getattr(Facts(), name))
        if isinstance(value, int | float | str) and isinstance(value, bool) == (name in _SWITCHES):
            with suppress(ValueError):
                found[name] = kind(value)
    return Facts(**found)  # type: ignore[arg-type]  # typed by the fields themselves


def with_info(facts: Facts, info: Info) -> Facts:
    """Facts with what the server's metrics tell of its KV cache, where the log does not.

    Parameters
    ----------
    facts : Facts
    info : Info
    """
    cache = info.cache
    block = _number(cache.get("block_size", ""))
    tokens = _number(cache.get("kv_cache_size_tokens", ""))
    if not tokens:
        blocks = _number(cache.get("num_gpu_blocks", "")) or _number(
            cache.get("num_cpu_blocks", "")
        )
        tokens = blocks * block
    told = Facts(
        block_size=int(block),
        kv_cache_tokens=int(tokens),
        gpu_memory_utilization=_number(cache.get("gpu_memory_utilization", "")),
        kv_cache_dtype=cache.get("cache_dtype", ""),
    )
    return facts.filled(told)


def _typed(name: str, text: str) -> str | int | float:
    kind = type(getattr(Facts(), name))
    plain = text.replace(",", "")
    if kind is str:
        return text
    return int(plain) if kind is int else float(plain)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if value > 0 else 0.0
