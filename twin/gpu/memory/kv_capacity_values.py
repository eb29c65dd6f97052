"""What values of a `KvCapacityModel` are accepted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.files.errors import InputError
from twin.gpu.engine_version import release
from twin.gpu.memory.adapter_slots import check_modules

if TYPE_CHECKING:
    from twin.gpu.memory.kv_capacity import KvCapacityModel

__all__ = ["check_values"]

_MOST = {"gpu_memory_bytes": 2**50, "block_size": 2**16, "tensor_parallel_size": 2**10}
_BYTES = (
    "reserve_bytes",
    "lora_reserve_bytes",
    "tuning_bytes",
    "sampler_bytes",
    "kv_cache_memory_bytes",
)
_FLAGS = ("fully_sharded_loras", "enforce_eager")


def check_values(model: KvCapacityModel) -> None:
    """Refuse a model that no engine can have.

    Raises
    ------
    InputError
        If a value is out of range or of another kind, or does not go with the engine's version.
    """
    for name, most in _MOST.items():
        value = getattr(model, name)
        if not (_is_number(value) and 1 <= value <= most and value == int(value)):
            problem = f"{value!r} is not a positive whole number"
            raise InputError(name, problem, f"up to {most}")
    if not (_is_number(model.utilization) and 0 < model.utilization <= 1):
        raise InputError("utilization", f"{model.utilization!r} is not in (0, 1]")
    if not isinstance(model.engine_version, str):
        raise InputError("engine_version", f"{model.engine_version!r} is not a text")
    release(model.engine_version)
    for name in _BYTES:
        value = getattr(model, name)
        if not (_is_number(value) and 0 <= value <= _MOST["gpu_memory_bytes"]):
            raise InputError(name, f"{value!r} is not a number of bytes")
    for name in _FLAGS:
        if not isinstance(getattr(model, name), bool):
            raise InputError(name, f"{getattr(model, name)!r} is not true or false")
    model.architecture.shard(model.tensor_parallel_size)
    _check_layers(model)


def _check_layers(model: KvCapacityModel) -> None:
    """Refuse layers that the model does not have, or the engine cannot tell apart."""
    if not model.lora_target_modules:
        return
    check_modules(model.architecture, model.lora_target_modules)
    if not model.rules.target_modules:
        raise InputError(
            "lora_target_modules",
            f"vLLM {model.engine_version} has slots for all layers",
            "vLLM 0.19 or later",
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
