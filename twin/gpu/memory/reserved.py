"""GPU memory that an engine holds for good, and that its profile run takes for a moment.

vLLM runs the largest batch once at its start and gives the KV cache what is left. Its two engines
measure that run differently, and the tensors of the run differ:

* V0 (0.5.0) counts what PyTorch has *reserved* after the run, so what counts is which tensors fit
  into segments that earlier ones left behind (``Worker.determine_num_available_blocks``).
* V1 (0.8.5) adds the peak of *allocated* bytes to what stays reserved
  (``Worker.determine_available_memory``).
"""

from __future__ import annotations

from functools import lru_cache

from twin.gpu.memory.allocator import CachingAllocator
from twin.gpu.memory.architecture import Architecture

__all__ = ["persistent_bytes", "v0_engine_bytes", "v1_profile_run_bytes"]

_TABLE_ENTRY = 4
_KV_BLOCK = 16
_V1_SAMPLER_BYTES = 14  # per logit: 16 and 32 bits, probabilities, and the noise of the draw
_V0_SORT_SCRATCH_BYTES = 10  # per logit: a second copy of the sorted values and of their places
_INDEX_BYTES = 8


@lru_cache(maxsize=4096)
def persistent_bytes(architecture: Architecture, max_loras: int, max_lora_rank: int) -> int:
    """Bytes reserved for weights and adapter slots, with what the allocator's segments waste.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    max_loras, max_lora_rank : int
        Adapter slots and the rank that they are sized for; 0 slots without LoRA.
    """
    return _loaded(architecture, max_loras, max_lora_rank).reserved


def v1_profile_run_bytes(
    architecture: Architecture,
    max_loras: int,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    forward_bytes: float,
) -> float:
    """Bytes at the peak of the V1 engine's profile run, and its table of KV blocks.

    The peak is that of the forward pass, of the sampler, or of the logits of added vocabulary,
    which come for every slot and twice.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    max_loras : int
        Adapter slots.
    max_num_seqs, max_num_batched_tokens : int
        Largest number of requests and of tokens in one batch.
    forward_bytes : float
        Peak of a forward pass of 2048 tokens; proportional to the tokens.
    """
    requests = min(max_num_seqs, max_num_batched_tokens)
    width = architecture.dtype_bytes
    block_table = _TABLE_ENTRY * -(-architecture.max_model_len // _KV_BLOCK) * max_num_seqs
    hidden = width * architecture.hidden_size
    sampler = _V1_SAMPLER_BYTES * architecture.vocabulary
    added = 2 * (max_loras + 1) * architecture.lora_extra_vocabulary if max_loras else 0
    logits = width * (architecture.vocabulary + added)
    forward = forward_bytes * max_num_batched_tokens / 2048
    return block_table + max(forward, requests * (hidden + max(sampler, logits)))


@lru_cache(maxsize=4096)
def v0_engine_bytes(
    architecture: Architecture,
    max_loras: int,
    max_lora_rank: int,
    max_num_seqs: int,
    max_num_batched_tokens: int,
) -> int:
    """Bytes reserved by the V0 engine after its profile run, weights and slots included.

    The tensors of the forward pass are followed through the allocator, then those of the logits
    (``LogitsProcessorWithLoRA``: logits of added vocabulary for every slot, and a copy of them)
    and of the sampler, which sorts them and may or may not fit into what the former left behind.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    max_loras, max_lora_rank : int
        Adapter slots and the rank that they are sized for; 0 slots without LoRA.
    max_num_seqs, max_num_batched_tokens : int
        Largest number of requests and of tokens in one batch. The V0 engine refuses fewer batched
        tokens than either requests or the length of one request, so these are the least.
    """
    allocator = _loaded(architecture, max_loras, max_lora_rank)
    tokens = max(max_num_batched_tokens, max_num_seqs, architecture.max_model_len)
    width = architecture.dtype_bytes
    hidden = tokens * architecture.hidden_size * width
    query = tokens * architecture.query_size * width
    mlp = tokens * architecture.intermediate_size * width

    allocator.allocate(hidden)  # the residual stream
    normalized = allocator.allocate(hidden)
    qkv = allocator.allocate(query + 2 * tokens * architecture.kv_size * width)
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

    extra = architecture.lora_extra_vocabulary if max_loras else 0
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


def _loaded(architecture: Architecture, max_loras: int, max_lora_rank: int) -> CachingAllocator:
    allocator = CachingAllocator()
    for size in architecture.weight_tensors():
        allocator.allocate(size)
    for size in architecture.slot_tensors(max_loras, max_lora_rank):
        allocator.allocate(size)
    return allocator
