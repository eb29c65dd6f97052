"""Bytes of adapters: of the slots that an engine reserves on the GPU, and in host memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from twin.files.errors import InputError
from twin.gpu.memory.architecture import Architecture

__all__ = ["SlotLayout", "adapter_bytes", "check_modules", "slot_bytes", "slot_tensors"]

_EMBEDDINGS, _OUTPUT = "embed_tokens", "lm_head"


@dataclass(frozen=True, slots=True)
class SlotLayout:
    """How an engine lays out its adapter slots.

    Parameters
    ----------
    tensor_parallel_size : int
        GPUs among which the model is divided.
    fully_sharded : bool
        ``--fully-sharded-loras``: both matrices of an adapter are divided; else only that with
        the divided width.
    target_modules : tuple of str
        ``--lora-target-modules``: the layers that have slots; all if empty.
    extra_vocabulary : int
        Rows that every slot may add to the vocabulary.
    embeddings : bool
        Embeddings and output layer have slots.
    experts : bool
        Experts have slots.
    """

    tensor_parallel_size: int = 1
    fully_sharded: bool = False
    target_modules: tuple[str, ...] = ()
    extra_vocabulary: int = 0
    embeddings: bool = False
    experts: bool = True

    def has(self, *modules: str) -> bool:
        """Whether a layer of these names has slots."""
        return not self.target_modules or any(name in self.target_modules for name in modules)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A linear layer: names, width of its input, of its outputs, and which is divided."""

    names: tuple[str, ...]
    inputs: int
    outputs: tuple[int, ...]
    divided_input: bool = False
    copies: int = 1


def slot_tensors(
    architecture: Architecture, max_loras: int, max_lora_rank: int, layout: SlotLayout
) -> list[int]:
    """Bytes of every tensor that vLLM reserves for adapter slots on each GPU, in its order.

    Every linear layer has one pair of stacked matrices per projection, A with the width of its
    input and B with that of its output: q, k, v, o, gate, up and down, and those of each expert.
    Where the embeddings take adapters too, they and the output layer have such pairs, and rows of
    added vocabulary up to vLLM 0.11 (``create_lora_weights`` in ``vllm/lora/layers`` of 0.5.0,
    0.8.5 and 0.22.1).

    Parameters
    ----------
    architecture : Architecture
        Sizes of the whole model.
    max_loras : int
        Adapter slots; 0 without LoRA.
    max_lora_rank : int
        Rank that every slot is sized for.
    layout : SlotLayout
        What of it is where.
    """
    if max_loras == 0:
        return []
    shard = architecture.shard(layout.tensor_parallel_size)
    stacked = max_loras * architecture.dtype_bytes
    with_mlp, without = (
        [stacked * size for size in _layer_sizes(shard, max_lora_rank, layout, has_mlp)]
        for has_mlp in (True, False)
    )
    layers = [
        size
        for number in range(architecture.num_layers)
        for size in (with_mlp if number < shard.mlp_layers else without)
    ]
    first: list[int] = []
    last: list[int] = []
    if layout.embeddings:
        rank, hidden = stacked * max_lora_rank, architecture.hidden_size
        extra = layout.extra_vocabulary
        rows = stacked * extra * hidden
        if layout.has(_EMBEDDINGS):
            # The rows added to the embeddings of the model itself: one set per slot, and one in
            # the output layer.
            added = rows + extra * hidden * architecture.dtype_bytes
            first = [added, rank * (architecture.vocabulary + extra), rank * hidden, rows]
        if layout.has(_OUTPUT):
            last = [rank * hidden, rank * architecture.vocabulary, rows]
    return [size for size in (*first, *layers, *last) if size]


def slot_bytes(architecture: Architecture, max_lora_rank: int, layout: SlotLayout) -> int:
    """Bytes of one adapter slot of this rank on each GPU, not counting what segments waste."""
    two, one = (slot_tensors(architecture, slots, max_lora_rank, layout) for slots in (2, 1))
    return sum(two) - sum(one)


def adapter_bytes(
    architecture: Architecture, rank: int, target_modules: tuple[str, ...] = ()
) -> int:
    """Bytes of one adapter in host memory: its own rank, and the layers that it is trained for.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    rank : int
        Rank of the adapter.
    target_modules : tuple of str
        Names of its layers; all linear layers if empty.

    Raises
    ------
    InputError
        If the model has no such layer.
    """
    check_modules(architecture, target_modules)
    layout = SlotLayout(target_modules=target_modules, embeddings=bool(target_modules))
    return sum(slot_tensors(architecture, 1, rank, layout))


def check_modules(architecture: Architecture, target_modules: tuple[str, ...]) -> None:
    """Raise InputError if the model has no layer of one of these names."""
    known = {name for layer in _layers(architecture, True) for name in layer.names}
    known |= {name for layer in _layers(architecture, False) for name in layer.names}
    known |= {_EMBEDDINGS, _OUTPUT}
    for name in target_modules:
        if name not in known:
            accepted = "accepted: " + ", ".join(sorted(known))
            raise InputError("lora_target_modules", f"the model has no {name!r}", accepted)


def _layer_sizes(
    shard: Architecture, rank: int, layout: SlotLayout, has_mlp: bool
) -> Iterator[int]:
    """Elements of A of each projection of a layer, then of B, for one slot."""
    gpus = layout.tensor_parallel_size if layout.fully_sharded else 1
    for layer in _layers(shard, has_mlp):
        if not layout.has(*layer.names) or (layer.copies > 1 and not layout.experts):
            continue
        a_rank = rank if layer.divided_input else -(-rank // gpus)
        for _ in layer.outputs:
            yield layer.copies * a_rank * layer.inputs
        for width in layer.outputs:
            yield layer.copies * rank * (-(-width // gpus) if layer.divided_input else width)


def _layers(a: Architecture, has_mlp: bool) -> Iterator[_Layer]:
    hidden, query, kv = a.hidden_size, a.query_size, a.kv_size
    if a.fused_projections:
        yield _Layer(("qkv_proj",), hidden, (query + 2 * kv,))
    else:
        yield _Layer(("q_proj", "k_proj", "v_proj"), hidden, (query, kv, kv))
    yield _Layer(("o_proj",), query, (hidden,), divided_input=True)
    if has_mlp or not a.num_experts:
        widths, copies = [a.intermediate_size], [1]
    else:
        widths, copies = [a.expert_size], [a.num_experts]
        if a.shared_expert_size:
            widths.append(a.shared_expert_size)
            copies.append(1)
    for width, count in zip(widths, copies, strict=True):
        if a.fused_projections:
            yield _Layer(("gate_up_proj",), hidden, (2 * width,), copies=count)
        else:
            yield _Layer(("gate_proj", "up_proj"), hidden, (width, width), copies=count)
        yield _Layer(("down_proj",), width, (hidden,), divided_input=True, copies=count)
