"""Bytes of a loaded model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from twin.gpu.memory.architecture import Architecture

__all__ = ["weight_bytes", "weight_tensors"]

_CHANNEL_SCALE_BYTES = 4
_GROUP_SCALE_BYTES = 2


@lru_cache(maxsize=256)
def weight_tensors(architecture: Architecture) -> tuple[int, ...]:
    """Bytes of the large tensors of the loaded model, in the order in which they are made.

    Embeddings and norms are never quantized. The third tensor is the table of the rotary
    embedding, which is no weight.
    """
    a = architecture
    embeddings = a.vocabulary * a.hidden_size * a.dtype_bytes
    first, *rest = _layer(a, has_mlp=a.mlp_layers > 0)
    tensors = [embeddings, first, _rotary_bytes(a), *rest]
    for number in range(1, a.num_layers):
        tensors.extend(_layer(a, has_mlp=number < a.mlp_layers))
    tensors.append(a.hidden_size * a.dtype_bytes)
    if not a.tied_embeddings:
        tensors.append(embeddings)
    if a.other_parameters:
        tensors.append(a.other_parameters * a.dtype_bytes)
    return tuple(tensors)


def weight_bytes(architecture: Architecture) -> int:
    """Bytes of the weights."""
    return sum(weight_tensors(architecture)) - _rotary_bytes(architecture)


def _rotary_bytes(a: Architecture) -> int:
    """Cosines and sines, shared by all layers."""
    return a.max_model_len * a.head_size * a.dtype_bytes


def _layer(a: Architecture, *, has_mlp: bool) -> Iterator[int]:
    merged_qkv = a.query_size + 2 * a.kv_size
    yield _matrix(a, a.hidden_size, merged_qkv)
    if a.qkv_bias:
        yield merged_qkv * a.dtype_bytes
    if a.head_norms:
        yield from (a.head_size * a.dtype_bytes,) * 2
    yield _matrix(a, a.query_size, a.hidden_size)
    if has_mlp:
        yield _matrix(a, a.hidden_size, 2 * a.intermediate_size)
        yield _matrix(a, a.intermediate_size, a.hidden_size)
    else:
        yield a.num_experts * a.hidden_size * a.dtype_bytes  # the router
        yield a.num_experts * _matrix(a, a.hidden_size, 2 * a.expert_size)
        yield a.num_experts * _matrix(a, a.expert_size, a.hidden_size)
        if a.shared_expert_size:
            yield a.hidden_size * a.dtype_bytes
            yield _matrix(a, a.hidden_size, 2 * a.shared_expert_size)
            yield _matrix(a, a.shared_expert_size, a.hidden_size)
    yield from (a.hidden_size * a.dtype_bytes,) * a.norms_per_layer


def _matrix(a: Architecture, inputs: int, outputs: int) -> int:
    """Bytes of a linear layer, scales and zero points included where it is quantized."""
    elements = inputs * outputs
    if not a.weight_bits:
        return elements * a.dtype_bytes
    packed = elements * a.weight_bits // 8
    if not a.weight_group:
        return packed + outputs * _CHANNEL_SCALE_BYTES
    groups = elements // a.weight_group
    return packed + groups * _GROUP_SCALE_BYTES + groups * a.weight_bits // 8
