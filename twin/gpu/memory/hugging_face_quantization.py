"""Bits of weights and KV-cache entries by the quantization_config of a Hugging Face model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.files.errors import InputError

__all__ = ["KV_CACHE_DTYPES", "kv_entry_bytes", "quantization"]

KV_CACHE_DTYPES = ("auto", "fp8", "fp8_e4m3", "fp8_e5m2")
"""Values of ``--kv-cache-dtype`` that are described."""

_BITSANDBYTES_GROUP = 64
_METHODS = ("fp8", "awq", "gptq", "compressed-tensors", "bitsandbytes")


def quantization(where: str, config: Any) -> tuple[int, int]:
    """Bits of the layers' weights, and inputs that share a scale (0: all); 0 bits for none.

    Parameters
    ----------
    where : str
        The file, for messages.
    config : Any
        ``quantization_config``; None or empty without.

    Raises
    ------
    InputError
        If the method, or its number of bits, is not described.
    """
    if not config:
        return 0, 0
    where = f"{where}, quantization_config"
    if not isinstance(config, Mapping):
        raise InputError(where, f"{config!r} is not a JSON object")
    method = str(config.get("quant_method", "")).lower()
    if method == "fp8":
        return 8, 0  # and a scale for each block of 128 x 128, which is next to nothing
    if method in ("awq", "gptq"):
        group = config.get("group_size", 128)
        return _bits(where, config.get("bits")), 0 if group == -1 else _whole(
            where, "group_size", group
        )
    if method == "bitsandbytes":
        return (4, _BITSANDBYTES_GROUP) if config.get("load_in_4bit") else (8, 0)
    if method == "compressed-tensors":
        return _compressed(where, config)
    raise InputError(
        f"{where}, quant_method",
        f"{config.get('quant_method')!r} is not supported: its bytes per weight are not described",
        "accepted: " + ", ".join(_METHODS),
    )


def kv_entry_bytes(kv_cache_dtype: str, config: Any) -> int:
    """Bytes of a KV-cache entry; 0 where it is as wide as a weight.

    Parameters
    ----------
    kv_cache_dtype : str
        One of `KV_CACHE_DTYPES`; auto takes what the model was quantized for.
    config : Any
        ``quantization_config``.
    """
    if kv_cache_dtype != "auto":
        return 1
    scheme = config.get("kv_cache_scheme") if isinstance(config, Mapping) else None
    return 1 if isinstance(scheme, Mapping) and scheme.get("num_bits") == 8 else 0


def _compressed(where: str, config: Mapping[str, Any]) -> tuple[int, int]:
    groups = config.get("config_groups")
    kinds = set()
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if isinstance(weights, Mapping):
            size = weights.get("group_size")
            kinds.add((weights.get("num_bits"), size if isinstance(size, int) and size > 0 else 0))
    if len(kinds) != 1:
        problem = f"weights of {len(kinds)} kinds" if kinds else "no group has weights"
        raise InputError(f"{where}, config_groups", problem, "one kind for all layers")
    bits, size = kinds.pop()
    return _bits(where, bits), size


def _bits(where: str, value: Any) -> int:
    if value not in (4, 8):
        raise InputError(f"{where}, bits", f"{value!r} is not supported", "accepted: 4, 8")
    return int(value)


def _whole(where: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{where}, {name}", f"{value!r} is not a positive whole number")
    return value
