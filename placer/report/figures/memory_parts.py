"""What the memory of a GPU is used for."""

from __future__ import annotations

from typing import NamedTuple

from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile

__all__ = ["MemoryParts", "memory_parts"]


class MemoryParts(NamedTuple):
    """Bytes on one GPU, those of an engine of several on each; they sum to its memory.

    Parameters
    ----------
    weights, slots : float
        Of the base model, and of the adapter slots.
    kv_used, kv_free : float
        KV cache that requests hold on average, and what is left of it.
    engine : float
        Activations, CUDA graphs, libraries and what the engine keeps.
    others : float
        What it may not take (``gpu_memory_utilization``).
    """

    weights: float
    slots: float
    kv_used: float
    kv_free: float
    engine: float
    others: float

    @property
    def total(self) -> float:
        """Memory of the GPU."""
        return float(sum(self))


def memory_parts(profile: ServingProfile, config: EngineConfig, kv_usage: float) -> MemoryParts:
    """Divide the memory of a GPU.

    Parameters
    ----------
    profile : ServingProfile
    config : EngineConfig
    kv_usage : float
        Share of the KV cache that is in use, 0 to 1.
    """
    model = profile.kv_capacity_model
    rank = config.max_lora_rank if config.max_loras else 0
    total = float(model.gpu_memory_bytes)
    weights = float(model.held_bytes(0, 0))
    slots = max(0.0, model.held_bytes(config.max_loras, rank) - weights)
    kv = model.available_bytes(
        config.max_loras,
        rank,
        max_num_seqs=config.max_num_seqs,
        max_num_batched_tokens=config.max_num_batched_tokens,
        max_model_len=config.max_model_len or profile.max_model_len,
        specialize_active_lora=config.specialize_active_lora,
    )
    kv = min(max(0.0, kv), max(0.0, total - weights - slots))
    left = max(0.0, total - weights - slots - kv)
    others = min(left, (1 - model.utilization) * total)
    return MemoryParts(weights, slots, kv * kv_usage, kv * (1 - kv_usage), left - others, others)
