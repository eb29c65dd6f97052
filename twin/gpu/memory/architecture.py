"""Public architecture numbers of a transformer, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from twin.files.errors import InputError

__all__ = ["Architecture"]

_MOST_LAYERS = 10_000
_MOST = 2**40  # of every other size
_WEIGHT_BITS = (0, 4, 8)
_ALWAYS_WRITTEN = (
    "dtype_bytes",
    "tied_embeddings",
    "qkv_bias",
    "lora_embeddings",
    "max_model_len",
)


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
        Bytes of a weight that is not quantized: 2 for float16 and bfloat16.
    tied_embeddings : bool
        The output layer shares the weights of the input embeddings.
    qkv_bias : bool
        The attention projections have biases.
    lora_embeddings : bool
        vLLM's class of this model also reserves adapter slots for the input embeddings and the
        output layer (that of Llama does, that of Qwen2 does not).
    max_model_len : int
        Longest sequence of the model in tokens.
    num_experts, experts_per_token, expert_size, shared_expert_size : int
        Mixture of experts: how many, how many of them each token has, the width of each, and of
        the one that all tokens have; 0 without.
    dense_layers : int
        Layers of a mixture of experts that have an MLP instead.
    sliding_layers, sliding_window : int
        Layers that look back at most so many tokens; 0 without.
    norms_per_layer : int
        Norms of the model's width in each layer.
    head_norms : bool
        Queries and keys have a norm too.
    fused_projections : bool
        Adapters have one pair of matrices for q, k and v, and one for gate and up (Phi-3).
    weight_bits, weight_group : int
        Quantized weights of the layers: bits, and inputs that share a scale (0: all of a row);
        0 bits where they are not.
    kv_entry_bytes : int
        Bytes of a KV-cache entry where they are not those of `dtype_bytes`: 1 for fp8.
    other_parameters : int
        Weights beside the language model, such as those of a vision tower.
    lora_embeddings_since : str
        vLLM version from which on `lora_embeddings` holds; empty for all.

    Raises
    ------
    InputError
        If a number is out of range or far beyond any model, or numbers contradict each other.
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
    num_experts: int = 0
    experts_per_token: int = 0
    expert_size: int = 0
    shared_expert_size: int = 0
    dense_layers: int = 0
    sliding_layers: int = 0
    sliding_window: int = 0
    norms_per_layer: int = 2
    head_norms: bool = False
    fused_projections: bool = False
    weight_bits: int = 0
    weight_group: int = 0
    kv_entry_bytes: int = 0
    other_parameters: int = 0
    lora_embeddings_since: str = ""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))
        if self.num_heads % self.num_kv_heads:
            raise InputError(
                "num_kv_heads", f"{self.num_kv_heads} does not divide {self.num_heads} heads"
            )
        if self.num_experts and not (0 < self.experts_per_token <= self.num_experts):
            problem = f"{self.experts_per_token} is not between 1 and {self.num_experts} experts"
            raise InputError("experts_per_token", problem)
        if self.num_experts and not self.expert_size:
            raise InputError("expert_size", "0 with experts", "width of an expert")
        for name in ("dense_layers", "sliding_layers"):
            if getattr(self, name) > self.num_layers:
                raise InputError(name, f"{getattr(self, name)} of {self.num_layers} layers")
        if self.sliding_layers and not self.sliding_window:
            raise InputError("sliding_window", f"0 with {self.sliding_layers} sliding layers")
        if self.weight_bits not in _WEIGHT_BITS:
            raise InputError("weight_bits", f"{self.weight_bits!r}", "0 (not quantized), 4 or 8")

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
        if unknown := sorted(map(str, values.keys() - names)):
            raise InputError(where, f"unknown {', '.join(unknown)}", "known: " + ", ".join(names))
        if missing := sorted(required - set(values)):
            raise InputError(where, f"missing {', '.join(missing)}")
        return cls(**values)

    def to_dict(self) -> dict[str, int | bool | str]:
        """Plain values by field name, without what most models do not have."""
        return {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
            or field.name in _ALWAYS_WRITTEN
        }

    def shard(self, tensor_parallel_size: int) -> Architecture:
        """Part of the model that one of several GPUs holds.

        Heads, widths of MLPs and experts, and rows of the vocabulary are divided; where there are
        fewer KV heads than GPUs, several GPUs hold the same one.

        Raises
        ------
        InputError
            If vLLM refuses to divide the model like this.
        """
        gpus = tensor_parallel_size
        if gpus == 1:
            return self
        for name, value in (
            ("attention heads", self.num_heads),
            ("intermediate_size", self.intermediate_size),
            ("width of experts", self.expert_size),
            ("width of the shared expert", self.shared_expert_size),
        ):
            if value % gpus:
                problem = f"{gpus} does not divide the {name} ({value})"
                raise InputError("tensor_parallel_size", problem)
        if self.num_kv_heads % gpus and gpus % self.num_kv_heads:
            problem = f"{gpus} GPUs cannot share {self.num_kv_heads} KV heads"
            raise InputError("tensor_parallel_size", problem, "one divides the other")
        return replace(
            self,
            num_heads=self.num_heads // gpus,
            num_kv_heads=max(self.num_kv_heads // gpus, 1),
            intermediate_size=self.intermediate_size // gpus,
            expert_size=self.expert_size // gpus,
            shared_expert_size=self.shared_expert_size // gpus,
            vocabulary=-(-self.vocabulary // gpus),
            other_parameters=-(-self.other_parameters // gpus),
        )

    @property
    def query_size(self) -> int:
        """Width of all query heads together."""
        return self.num_heads * self.head_size

    @property
    def kv_size(self) -> int:
        """Width of all key heads (or value heads) together."""
        return self.num_kv_heads * self.head_size

    @property
    def mlp_layers(self) -> int:
        """Layers with an MLP in place of experts."""
        return self.dense_layers if self.num_experts else self.num_layers

    @property
    def expert_layers(self) -> int:
        """Layers with experts."""
        return self.num_layers - self.mlp_layers

    @property
    def num_parameters(self) -> int:
        """Weights of the model."""
        hidden = self.hidden_size
        attention = hidden * 2 * (self.query_size + self.kv_size)
        if self.qkv_bias:
            attention += self.query_size + 2 * self.kv_size
        norms = self.norms_per_layer * hidden + (2 * self.head_size if self.head_norms else 0)
        experts = self.num_experts * (3 * hidden * self.expert_size + hidden)
        if self.shared_expert_size:
            experts += 3 * hidden * self.shared_expert_size + hidden
        embeddings = self.vocabulary * hidden * (1 if self.tied_embeddings else 2)
        return (
            self.num_layers * (attention + norms)
            + self.mlp_layers * 3 * hidden * self.intermediate_size
            + self.expert_layers * experts
            + hidden
            + embeddings
            + self.other_parameters
        )

    @property
    def kv_bytes_per_layer(self) -> int:
        """Bytes of keys and values of one token in one layer."""
        return 2 * self.kv_size * (self.kv_entry_bytes or self.dtype_bytes)

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of keys and values of one token, over all layers."""
        return self.num_layers * self.kv_bytes_per_layer


def _check(field: dataclasses.Field[Any], value: object) -> None:
    if field.type == "bool":
        if not isinstance(value, bool):
            raise InputError(field.name, f"{value!r} is not true or false")
    elif field.type == "str":
        if not isinstance(value, str):
            raise InputError(field.name, f"{value!r} is not a text")
    else:
        least = 0 if field.default == 0 else 1
        most = _MOST_LAYERS if field.name.endswith("layers") else _MOST
        if isinstance(value, bool) or not (isinstance(value, int) and least <= value <= most):
            kind = "positive whole number" if least else "whole number"
            raise InputError(field.name, f"{value!r} is not a {kind}", f"up to {most}")
