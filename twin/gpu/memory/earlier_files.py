"""Profiles that were written before memory followed the engine's version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.gpu.memory.activations import forward_bytes
from twin.gpu.memory.architecture import Architecture

__all__ = ["from_earlier_file"]

_VERSIONS = {0: "0.5.0", 1: "0.8.5"}
_TOKENS = 2048


def from_earlier_file(values: Mapping[str, Any], architecture: Architecture) -> Mapping[str, Any]:
    """Values of a `KvCapacityModel` with today's keys.

    Earlier files have ``engine_generation`` (0: V0, 1: V1) and ``forward_bytes``, the peak of a
    forward pass of 2048 tokens beside the model's output for them.

    Parameters
    ----------
    values : mapping
        Values by key; returned as they are if they have today's keys.
    architecture : Architecture
        Sizes of the model.
    """
    if values.get("engine_generation") not in _VERSIONS:
        return values
    result = dict(values)
    generation = result.pop("engine_generation")
    result["engine_version"] = _VERSIONS[generation]
    forward = result.pop("forward_bytes", 0.0)
    if generation and isinstance(forward, int | float):
        output = _TOKENS * architecture.hidden_size * architecture.dtype_bytes
        tensors = forward_bytes(architecture, _TOKENS, streams=1)
        result["tuning_bytes"] = max(forward + output - tensors, 0.0)
        if isinstance(reserve := result.get("reserve_bytes", 0.0), int | float):
            result["reserve_bytes"] = max(reserve - output, 0.0)
    return result
