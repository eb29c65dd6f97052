"""Public architecture numbers of a transformer, and the bytes that follow from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.files.errors import InputError

__all__ = ["Architecture"]

_LORA_EXTRA_VOCABULARY = 256
"""vLLM's default ``--lora-extra-vocab-size``: vocabulary that an adapter may add."""


_MOST_LAYERS = 10_000
_MOST = 2**30  # of every other size


@dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of a decoder-only transformer, as its ``config.json`` has them.

    Parameters
    ----------
    num_layers, hidden_size, num_heads, num_kv_heads, head_size, intermediate_size : int
        Layers, width, attention heads, key/value heads, width of a head, width of the MLP.
    vocabulary : int
        Tokens in the vocabulary.
    dtype_bytes : int
        Bytes of a weight and of a KV-cache entry: 2 for float16 and bfloat16.
    tied_embeddings : bool
        The output layer shares the weights of the input embeddings.
    qkv_bias : bool
        The attention projections have biases.
    lora_embeddings : bool
        vLLM's class of this model also reserves adapter slots for the input embeddings and the
        output layer (Llama and Mistral up to vLLM 0.8.5 do, Qwen2 does not).
    max_model_len : int
        Longest sequence of the model in tokens.

    Raises
    ------
    InputError
        If a number is not positive or far beyond any model, or the heads do not divide.
    """

    num_layers: int
    hidden_size: int
    num_heads: int
    num_kv_heads: int
    head_size: int
    intermediate_size: int
    vocabulary: int
    dtype_bytes: int = 2
    tied_embeddings: bool = False
    qkv_bias: bool = False
    lora_embeddings: bool = False
    max_model_len: int = 4096

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type == "bool":
                if not isinstance(value, bool):
                    raise InputError(field.name, f"{value!r} is not true or false")
            else:
                most = _MOST_LAYERS if field.name == "num_layers" else _MOST
                whole = isinstance(value, int) and not isinstance(value, bool)
                if not (whole and 1 <= value <= most):
                    problem = f"{value!r} is not a positive whole number"
                    raise InputError(field.name, problem, f"up to {most}")
        if self.num_heads % self.num_kv_heads:
            raise InputError(
                "num_kv_heads", f"{self.num_kv_heads} does not divide {self.num_heads} heads"
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "architecture") -> Architecture:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If a key is missing or unknown, or a value is not acceptable.
        """
        names = {field.name for field in dataclasses.fields(cls)}
        required = {
            field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING
        }
        if unknown := sorted(set(values) - names):
            raise InputError(where, f"unknown {', '.join(unknown)}", "known: " + ", ".join(names))
        if missing := sorted(required - set(values)):
            raise InputError(where, f"missing {', '.join(missing)}")
        return cls(**values)

    def to_dict(self) -> dict[str, int | bool]:
        """Plain values by field name."""
        return dataclasses.asdict(self)

    @property
    def query_size(self) -> int:
        """Width of all query heads together."""
        return self.num_heads * self.head_size

    @property
    def kv_size(self) -> int:
        """Width of all key heads (or value heads) together."""
        return self.num_kv_heads * self.head_size

    @property
    def num_parameters(self) -> int:
        """Weights of the model."""
        attention = self.hidden_size * 2 * (self.query_size + self.kv_size)
        if self.qkv_bias:
            attention += self.query_size + 2 * self.kv_size
        mlp = 3 * self.hidden_size * self.intermediate_size
        norms = 2 * self.hidden_size
        embeddings = self.vocabulary * self.hidden_size * (1 if self.tied_embeddings else 2)
        return self.num_layers * (attention + mlp + norms) + self.hidden_size + embeddings

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights."""
        return self.num_parameters * self.dtype_bytes

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of keys and values of one token, over all layers."""
        return 2 * self.num_layers * self.kv_size * self.dtype_bytes

    @property
    def lora_extra_vocabulary(self) -> int:
        """Rows that every slot may add to the vocabulary; 0 where vLLM does not allow for it."""
        return _LORA_EXTRA_VOCABULARY if self.lora_embeddings else 0

    def weight_tensors(self) -> list[int]:
        """Bytes of the large tensors of the loaded model, in the order in which they are made."""
        merged_qkv = self.query_size + 2 * self.kv_size
        layer = [
            merged_qkv * self.hidden_size,
            *([merged_qkv] if self.qkv_bias else []),
            self.query_size * self.hidden_size,
            2 * self.intermediate_size * self.hidden_size,
            self.intermediate_size * self.hidden_size,
            self.hidden_size,
            self.hidden_size,
        ]
        embeddings = self.vocabulary * self.hidden_size
        rotary = self.max_model_len * self.head_size  # cosines and sines, shared by all layers
        elements = [embeddings, *layer[:1], rotary, *layer[1:], *(layer * (self.num_layers - 1))]
        elements.append(self.hidden_size)
        if not self.tied_embeddings:
            elements.append(embeddings)
        return [count * self.dtype_bytes for count in elements]

    def slot_tensors(self, max_loras: int, max_lora_rank: int) -> list[int]:
        """Bytes of every tensor that vLLM reserves for adapter slots, in its order.

        Every linear layer has one pair of stacked matrices per projection, A with the width of its
        input and B with that of its output: q, k, v, o, gate, up and down. Where the embeddings
        take adapters too, they and the output layer have such pairs and the rows of the added
        vocabulary (``vllm/lora/layers.py``, ``create_lora_weights``, of vLLM 0.5.0 and 0.8.5).

        Parameters
        ----------
        max_loras : int
            Adapter slots; 0 without LoRA.
        max_lora_rank : int
            Rank that every slot is sized for.
        """
        if max_loras == 0:
            return []
        stacked = max_loras * max_lora_rank * self.dtype_bytes
        extra_rows = max_loras * self.lora_extra_vocabulary * self.hidden_size * self.dtype_bytes
        hidden, query, kv = self.hidden_size, self.query_size, self.kv_size
        widths = (
            *(hidden, hidden, hidden, query, kv, kv),  # A of q, k, v, then B
            *(query, hidden),  # o
            *(hidden, hidden, self.intermediate_size, self.intermediate_size),  # gate, up
            *(self.intermediate_size, hidden),  # down
        )
        layers = [stacked * width for width in widths] * self.num_layers
        if not self.lora_embeddings:
            return layers
        vocabulary = self.vocabulary + self.lora_extra_vocabulary
        # The rows added to the embeddings of the model itself: one set per slot, and one in the
        # output layer.
        added = extra_rows + self.lora_extra_vocabulary * self.hidden_size * self.dtype_bytes
        embeddings = [added, stacked * vocabulary, stacked * hidden, extra_rows]
        output_layer = [stacked * hidden, stacked * self.vocabulary, extra_rows]
        return [*embeddings, *layers, *output_layer]

    def slot_bytes(self, max_lora_rank: int) -> int:
        """Bytes of one adapter slot of this rank, not counting what segments waste."""
        return sum(self.slot_tensors(2, max_lora_rank)) - sum(self.slot_tensors(1, max_lora_rank))
