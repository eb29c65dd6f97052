"""KvCapacityModel: tokens of KV cache that weights, adapter slots and activations leave."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from twin.files.errors import InputError
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.reserved import persistent_bytes, v0_engine_bytes, v1_profile_run_bytes
from twin.workload.rank import LEGAL_RANKS

__all__ = ["KvCapacityModel"]

_GIB = 1 << 30


_MOST = {"gpu_memory_bytes": 2**50, "block_size": 2**16}


@dataclass(frozen=True, slots=True)
class KvCapacityModel:
    """KV capacity of one model on one GPU under one engine version.

    vLLM runs the largest batch once at its start and gives the KV cache what is left of
    ``gpu_memory_utilization`` times the memory of the GPU::

        utilization · GPU memory − weights and slots − profile run − reserve [− LoRA reserve]

    Weights, slots and the profile run follow from the architecture (`twin.gpu.memory.reserved`);
    the reserves, and in V1 the peak of the forward pass, are fitted (`twin.gpu.memory.fit`).

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    gpu_memory_bytes : int
        Memory of the GPU that CUDA reports, in bytes.
    utilization : float
        vLLM's ``gpu_memory_utilization``, above 0 and at most 1.
    block_size : int
        Tokens in one KV block.
    engine_generation : int
        0 for vLLM's V0 engine (0.5.0), 1 for V1 (0.8.5): they measure the profile run differently.
    reserve_bytes : float
        CUDA context, libraries and what else is not modeled; fitted.
    lora_reserve_bytes : float
        The same, only with LoRA; fitted.
    forward_bytes : float
        V1 only: peak of a forward pass of 2048 tokens; fitted. Below it the number of requests
        does not matter.
    """

    architecture: Architecture
    gpu_memory_bytes: int
    utilization: float = 0.9
    block_size: int = 16
    engine_generation: int = 1
    reserve_bytes: float = 0.0
    lora_reserve_bytes: float = 0.0
    forward_bytes: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gpu_memory_bytes", "block_size"):
            value = getattr(self, name)
            if not (_is_number(value) and 1 <= value <= _MOST[name] and value == int(value)):
                problem = f"{value!r} is not a positive whole number"
                raise InputError(name, problem, f"up to {_MOST[name]}")
        if not (_is_number(self.utilization) and 0 < self.utilization <= 1):
            raise InputError("utilization", f"{self.utilization!r} is not in (0, 1]")
        if self.engine_generation not in (0, 1):
            raise InputError("engine_generation", f"{self.engine_generation!r}", "0 or 1")
        for name in ("reserve_bytes", "lora_reserve_bytes", "forward_bytes"):
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value <= _MOST["gpu_memory_bytes"]):
                raise InputError(name, f"{value!r} is not a number of bytes")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "kv_capacity") -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If a key is missing or unknown, or a value is not acceptable.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise InputError(where, f"unknown {', '.join(unknown)}", "known: " + ", ".join(known))
        for name in ("architecture", "gpu_memory_bytes"):
            if name not in values:
                raise InputError(where, f"missing {name}")
        if not isinstance(values["architecture"], Mapping):
            problem = f"{values['architecture']!r} is not a mapping of keys to values"
            raise InputError(f"{where}.architecture", problem)
        architecture = Architecture.from_dict(values["architecture"], f"{where}.architecture")
        return cls(**{**values, "architecture": architecture})

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name, the architecture nested."""
        return dataclasses.asdict(self)

    def available_bytes(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
    ) -> float:
        """Bytes left for the KV cache; negative when there are too few.

        Parameters
        ----------
        max_loras, max_lora_rank : int
            Adapter slots and the rank that they are sized for; 0 slots without LoRA.
        max_num_seqs : int
            Requests that may run at the same time.
        max_num_batched_tokens : int
            Token budget of one step.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        _check_slots(max_loras, max_lora_rank)
        for name, value in (
            ("max_num_seqs", max_num_seqs),
            ("max_num_batched_tokens", max_num_batched_tokens),
        ):
            if value < 1:
                raise InputError(name, f"{value} is below 1")
        architecture = self.architecture
        used: float
        if self.engine_generation == 0:
            used = v0_engine_bytes(
                architecture, max_loras, max_lora_rank, max_num_seqs, max_num_batched_tokens
            )
        else:
            used = persistent_bytes(architecture, max_loras, max_lora_rank) + v1_profile_run_bytes(
                architecture, max_loras, max_num_seqs, max_num_batched_tokens, self.forward_bytes
            )
        reserve = self.reserve_bytes + (self.lora_reserve_bytes if max_loras else 0.0)
        return self.utilization * self.gpu_memory_bytes - used - reserve

    def tokens(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
    ) -> int:
        """KV capacity in tokens, a multiple of the block size; 0 when nothing is left.

        Parameters are those of `available_bytes`.
        """
        available = self.available_bytes(
            max_loras,
            max_lora_rank,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
        )
        block_bytes = self.block_size * self.architecture.kv_bytes_per_token
        return max(int(available // block_bytes), 0) * self.block_size

    def error(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_model_len: int,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
    ) -> str | None:
        """Why the engine would refuse to start, in a sentence; None when it starts.

        Parameters
        ----------
        max_loras, max_lora_rank, max_num_seqs, max_num_batched_tokens : int
            As in `available_bytes`.
        max_model_len : int
            Longest request in tokens: vLLM wants room for one.
        """
        tokens = self.tokens(
            max_loras,
            max_lora_rank,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
        )
        if tokens >= max_model_len:
            return None
        held = persistent_bytes(self.architecture, max_loras, max_lora_rank)
        slots = f"{max_loras} adapter slots of rank {max_lora_rank}" if max_loras else "no LoRA"
        if tokens == 0:
            return (
                f"no memory is left for the KV cache: weights and {slots} take "
                f"{held / _GIB:.1f} of {self.gpu_memory_bytes / _GIB:.1f} GiB"
            )
        return (
            f"the KV cache holds {tokens} tokens with {slots}, fewer than one request of "
            f"max_model_len ({max_model_len})"
        )

    def scaled(self, gpu_memory_gib: float, utilization: float | None = None) -> Self:
        """Return the same model and engine on a GPU with another amount of memory.

        The reserves stay: they belong to the engine rather than to the GPU.

        Parameters
        ----------
        gpu_memory_gib : float
            Memory that CUDA reports, in GiB.
        utilization : float, optional
            Another ``gpu_memory_utilization``; the same by default.
        """
        if not (math.isfinite(gpu_memory_gib) and gpu_memory_gib > 0):
            raise InputError("gpu_memory_gib", f"{gpu_memory_gib!r} is not a positive number")
        return dataclasses.replace(
            self,
            gpu_memory_bytes=round(gpu_memory_gib * _GIB),
            utilization=self.utilization if utilization is None else utilization,
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_slots(max_loras: int, max_lora_rank: int) -> None:
    if max_loras < 0:
        raise InputError("max_loras", f"{max_loras} is negative")
    if max_loras and max_lora_rank not in LEGAL_RANKS:
        raise InputError(
            "max_lora_rank",
            f"{max_lora_rank} is not accepted by vLLM",
            "accepted: " + ", ".join(map(str, LEGAL_RANKS)),
        )
