"""What the largest batch leaves of the memory, by the rules of the engine's version."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from twin.gpu.engine_defaults import takes_whole_prompts
from twin.gpu.memory.activations import forward_bytes, graph_bytes, sampler_bytes
from twin.gpu.memory.reserved import v0_engine_bytes

if TYPE_CHECKING:
    from twin.gpu.memory.kv_capacity import KvCapacityModel

__all__ = ["available_bytes"]

_TABLE_ENTRY = 4  # bytes for each block of each request
# Tensors of the model's width beside the activations of a layer where nothing is compiled: its
# input, its output and the residual. Fitted to public logs of V0: with 3, 0.6.3 is within 0.9 %
# and 0.7.3 2.9 % high; with 2, they are 4 to 9 % high; with 4, 0.6.3 is 3 to 7 % low.
_EAGER_STREAMS = 3


@lru_cache(maxsize=4096)
def available_bytes(
    model: KvCapacityModel,
    max_loras: int,
    max_lora_rank: int,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    max_model_len: int,
    specialize_active_lora: bool = False,
) -> float:
    """Bytes left for the KV cache of an engine; negative when there is not enough memory.

    Remembered, as searches ask for the same engines over and over.

    Parameters
    ----------
    model : KvCapacityModel
        Model, GPU and engine.
    max_loras, max_lora_rank : int
        Adapter slots and the rank that they are sized for; 0 slots without LoRA.
    max_num_seqs, max_num_batched_tokens, max_model_len : int
        Requests and tokens of the largest batch, and the longest request in tokens.
    specialize_active_lora : bool
        As `twin.gpu.engine_config.EngineConfig` has it.
    """
    rules, tokens = model.rules, max_num_batched_tokens
    if takes_whole_prompts(model.engine_version, max_model_len, lora=max_loras > 0):
        tokens = max(tokens, max_num_seqs, max_model_len)
    used: float
    if rules.reserved:
        used = v0_engine_bytes(
            *(model.architecture, max_loras, max_lora_rank),
            *(model.slot_layout, max_num_seqs, tokens),
        )
    else:
        used = model.held_bytes(max_loras, max_lora_rank)
        used += _profile_run_bytes(
            model, max_loras, max_lora_rank, max_num_seqs, tokens, specialize_active_lora
        )
        if rules.whole_gpu:
            used += _TABLE_ENTRY * -(-max_model_len // model.block_size) * max_num_seqs
    used += model.reserve_bytes + (model.lora_reserve_bytes if max_loras else 0.0)
    if model.kv_cache_memory_bytes:
        return min(model.kv_cache_memory_bytes, model.gpu_memory_bytes - used)
    return model.utilization * model.gpu_memory_bytes - used


def _profile_run_bytes(
    model: KvCapacityModel,
    max_loras: int,
    max_lora_rank: int,
    max_num_seqs: int,
    tokens: int,
    specialize_active_lora: bool,
) -> float:
    """Bytes at the peak of the run, be it in the forward pass or the sampler; and graphs."""
    rules, whole, layout = model.rules, model.architecture, model.slot_layout
    compiled = rules.v1 and not model.enforce_eager
    streams = 1 if compiled else _EAGER_STREAMS
    forward = forward_bytes(model.shard, tokens, streams=streams)
    extra = layout.extra_vocabulary if max_loras and layout.embeddings else 0
    outputs = tokens * whole.hidden_size * whole.dtype_bytes
    sampler = outputs + sampler_bytes(
        whole, min(max_num_seqs, tokens), model.sampler_bytes, 2 * (max_loras + 1) * extra
    )
    peak = max(forward + (model.tuning_bytes if compiled else 0.0), sampler)
    if rules.copies_embedding_slots and layout.embeddings:
        peak += max_loras * max_lora_rank * whole.vocabulary * whole.dtype_bytes
    if rules.cuda_graphs and compiled:
        peak += graph_bytes(
            *(whole, max_num_seqs, tokens, max_loras),
            specialize_active_lora=specialize_active_lora,
        )
    return peak
