"""What the largest batch takes for a moment: the forward pass, the sampler, and CUDA graphs."""

from __future__ import annotations

from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.architecture import Architecture

__all__ = ["forward_bytes", "graph_bytes", "sampler_bytes"]

_MOST_GRAPH_TOKENS = 512
_GRAPH_MIB = 0.163  # of each layer in each graph; 1.04 GiB in all were measured with vLLM 0.22.1
_GRAPH_MODES = 2  # of decode steps, and of others


def forward_bytes(shard: Architecture, tokens: int, *, streams: int) -> int:
    """Bytes at the peak of a forward pass, which is in the MLP, the experts or the attention.

    Parameters
    ----------
    shard : Architecture
        The model, or the part of it on one GPU.
    tokens : int
        Tokens in the batch.
    streams : int
        Tensors of the model's width beside the activations of one layer: one where the model is
        compiled, the residual; more where it is not.
    """
    a = shard
    attention = 2 * a.query_size + 2 * a.kv_size
    mlp = 3 * a.intermediate_size if a.mlp_layers else 0
    experts = 0
    if a.num_experts:
        routed = a.experts_per_token * (max(2 * a.expert_size, a.hidden_size) + a.expert_size)
        experts = max(3 * a.shared_expert_size, a.hidden_size + routed)
    width = streams * a.hidden_size + max(attention, mlp, experts)
    return tokens * width * a.dtype_bytes


def sampler_bytes(
    architecture: Architecture, max_num_seqs: int, bytes_per_logit: float, added_logits: int = 0
) -> float:
    """Bytes of the logits of all requests and of drawing from them.

    Parameters
    ----------
    architecture : Architecture
        The whole model: logits are gathered.
    max_num_seqs : int
        Requests in the batch.
    bytes_per_logit : float
        At the peak of sampling.
    added_logits : int
        Of the vocabulary that adapters may add.
    """
    width = architecture.dtype_bytes
    sampled = bytes_per_logit * architecture.vocabulary
    gathered = width * (architecture.vocabulary + added_logits)
    return max_num_seqs * (width * architecture.hidden_size + max(sampled, gathered))


def graph_bytes(
    architecture: Architecture,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    max_loras: int,
    *,
    specialize_active_lora: bool = False,
) -> float:
    """Bytes of CUDA graphs, by how many are captured and how many layers each has.

    Sizes are 1, 2, 4, multiples of 8 and from 256 on of 16, up to twice the requests or 512. Each
    is captured without LoRA and with all slots; where active adapters are rounded up, with each
    power of two up to ``max_loras + 1`` beside that.
    """
    most = min(2 * max_num_seqs, _MOST_GRAPH_TOKENS, max_num_batched_tokens)
    small = sum(size <= most for size in (1, 2, 4))
    sizes = small + len(range(8, min(most, 255) + 1, 8)) + len(range(256, most + 1, 16))
    cases = 2 if max_loras else 1
    if specialize_active_lora and max_loras:
        most_active = max_loras + 1
        cases = 2 + sum(2**k < most_active for k in range(most_active.bit_length()))
    graphs = sizes * _GRAPH_MODES * cases
    return graphs * architecture.num_layers * _GRAPH_MIB * MIB
