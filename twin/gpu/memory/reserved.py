"""GPU memory that a loaded model holds, and what PyTorch reserves for the profile run of V0.

vLLM runs the largest batch once at its start and gives the KV cache what is left. Early versions
count what PyTorch has *reserved* after that run, so what counts is which tensors fit into segments
that earlier ones left behind; later ones add the peak of *allocated* bytes to what stays
(`twin.gpu.memory.rules`).
"""

from __future__ import annotations

from functools import lru_cache

from twin.gpu.memory.adapter_slots import SlotLayout, slot_tensors
from twin.gpu.memory.allocator import CachingAllocator
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.weights import weight_tensors

__all__ = ["allocated_bytes", "persistent_bytes", "v0_engine_bytes"]

_V0_SORT_SCRATCH_BYTES = 10  # per logit: a second copy of the sorted values and of their places
_INDEX_BYTES = 8


@lru_cache(maxsize=4096)
def persistent_bytes(
    architecture: Architecture, max_loras: int, max_lora_rank: int, layout: SlotLayout
) -> int:
    """Bytes reserved for weights and adapter slots, with what the allocator's segments waste.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the whole model.
    max_loras, max_lora_rank : int
        Adapter slots and the rank that they are sized for; 0 slots without LoRA.
    layout : SlotLayout
        How many GPUs share the model, and what of the slots is where.
    """
    return _loaded(architecture, max_loras, max_lora_rank, layout).reserved


@lru_cache(maxsize=4096)
def allocated_bytes(
    architecture: Architecture, max_loras: int, max_lora_rank: int, layout: SlotLayout
) -> int:
    """Bytes of weights and adapter slots alone; parameters are those of `persistent_bytes`."""
    weights = weight_tensors(architecture.shard(layout.tensor_parallel_size))
    return sum(weights) + sum(slot_tensors(architecture, max_loras, max_lora_rank, layout))


@lru_cache(maxsize=4096)
def v0_engine_bytes(
    architecture: Architecture,
    max_loras: int,
    max_lora_rank: int,
    layout: SlotLayout,
    max_num_seqs: int,
    tokens: int,
) -> int:
    """Bytes reserved by an early V0 engine after its profile run, weights and slots included.

    The tensors of the forward pass are followed through the allocator, then those of the logits
    (``LogitsProcessorWithLoRA``: logits of added vocabulary for every slot, and a copy of them)
    and of the sampler, which sorts them and may or may not fit into what the former left behind.

    Parameters
    ----------
    architecture, max_loras, max_lora_rank, layout
        As in `persistent_bytes`.
    max_num_seqs, tokens : int
        Requests and tokens in the batch.
    """
    allocator = _loaded(architecture, max_loras, max_lora_rank, layout)
    shard = architecture.shard(layout.tensor_parallel_size)
    width = architecture.dtype_bytes
    hidden = tokens * architecture.hidden_size * width
    query = tokens * shard.query_size * width
    mlp = tokens * shard.intermediate_size * width

    allocator.allocate(hidden)  # the residual stream
    normalized = allocator.allocate(hidden)
    qkv = allocator.allocate(query + 2 * tokens * shard.kv_size * width)
    attended = allocator.allocate(query)
    allocator.release(qkv)
    projected = allocator.allocate(hidden)
    allocator.release(attended)
    allocator.release(normalized)
    gate_up = allocator.allocate(2 * mlp)
    activated = allocator.allocate(mlp)
    allocator.release(gate_up)
    allocator.allocate(hidden)
    allocator.release(activated)
    allocator.release(projected)

    extra = layout.extra_vocabulary if max_loras and layout.embeddings else 0
    logits = max_num_seqs * (architecture.vocabulary + extra)
    allocator.allocate(max_num_seqs * architecture.hidden_size * width)
    allocator.allocate(logits * width)
    if extra:
        added = (max_loras + 1) * extra * max_num_seqs * width
        first = allocator.allocate(added)
        copy = allocator.allocate(added)
        allocator.release(first)
        chosen = allocator.allocate(extra * max_num_seqs * width)
        allocator.release(copy)
        allocator.release(chosen)
    allocator.allocate(logits * width)  # sorted values
    allocator.allocate(logits * _INDEX_BYTES)  # and their places
    allocator.allocate(logits * _INDEX_BYTES)  # and the way back
    return allocator.reserved + _V0_SORT_SCRATCH_BYTES * logits


def _loaded(
    architecture: Architecture, max_loras: int, max_lora_rank: int, layout: SlotLayout
) -> CachingAllocator:
    allocator = _with_weights(architecture, layout.tensor_parallel_size).copy()
    for size in slot_tensors(architecture, max_loras, max_lora_rank, layout):
        allocator.allocate(size)
    return allocator


@lru_cache(maxsize=64)
def _with_weights(architecture: Architecture, num_gpus: int) -> CachingAllocator:
    """What every engine of a model begins with; not to be changed, but copied."""
    allocator = CachingAllocator()
    for size in weight_tensors(architecture.shard(num_gpus)):
        allocator.allocate(size)
    return allocator
