"""KvCapacityModel: tokens of KV cache that weights, adapter slots and activations leave."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from twin.files.errors import InputError
from twin.gpu.engine_version import release
from twin.gpu.memory.adapter_slots import SlotLayout, slot_bytes
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.available import available_bytes
from twin.gpu.memory.earlier_files import from_earlier_file
from twin.gpu.memory.kv_capacity_values import check_values
from twin.gpu.memory.kv_layout import KvLayout, kv_layout
from twin.gpu.memory.reserved import allocated_bytes, persistent_bytes
from twin.gpu.memory.rules import FLASHINFER_BYTES, MemoryRules, memory_rules
from twin.workload.rank import LEGAL_RANKS

__all__ = ["KvCapacityModel"]

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class KvCapacityModel:
    """KV capacity of one model on one GPU, or on each of several, under one engine version.

    vLLM runs the largest batch once at its start and gives the KV cache what is left of
    ``gpu_memory_utilization`` times the memory of the GPU::

        utilization · GPU memory − weights and slots − profile run − reserve [− LoRA reserve]

    Weights, slots and the tensors of the profile run follow from the architecture, and what of
    them counts from the version (`twin.gpu.memory.rules`); the rest is fitted
    (`twin.gpu.memory.fit`).

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
    engine_version : str
        vLLM version, whose rules apply.
    reserve_bytes : float
        CUDA context, libraries and what else is not modeled; fitted.
    lora_reserve_bytes : float
        The same, only with LoRA; fitted.
    tuning_bytes : float
        V1 only: what compiling the model and trying its kernels takes beside a forward pass;
        fitted.
    sampler_bytes : float
        Bytes per logit at the peak of sampling (`rules.FLASHINFER_BYTES`, `rules.SORT_BYTES`); V0
        up to 0.6.3 is followed tensor by tensor instead.
    tensor_parallel_size : int
        GPUs among which the model is divided; memory and capacity are those of each.
    fully_sharded_loras : bool
        Both matrices of an adapter are divided among them.
    lora_target_modules : tuple of str
        Layers that have adapter slots; all if empty.
    enforce_eager : bool
        Nothing is compiled and no CUDA graphs are captured.
    kv_cache_memory_bytes : int
        ``--kv-cache-memory-bytes`` (on a CPU ``VLLM_CPU_KVCACHE_SPACE``): the KV cache has so much
        whatever is left; 0 where it has what is left.
    """

    architecture: Architecture
    gpu_memory_bytes: int
    utilization: float = 0.9
    block_size: int = 16
    engine_version: str = "0.8.5"
    reserve_bytes: float = 0.0
    lora_reserve_bytes: float = 0.0
    tuning_bytes: float = 0.0
    sampler_bytes: float = FLASHINFER_BYTES
    tensor_parallel_size: int = 1
    fully_sharded_loras: bool = False
    lora_target_modules: tuple[str, ...] = ()
    enforce_eager: bool = False
    kv_cache_memory_bytes: int = 0

    def __post_init__(self) -> None:
        check_values(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "kv_capacity") -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            If a key is missing or unknown, or a value is not acceptable.
        """
        if not isinstance(values.get("architecture", {}), Mapping):
            problem = f"{values['architecture']!r} is not a mapping of keys to values"
            raise InputError(f"{where}.architecture", problem)
        for name in ("architecture", "gpu_memory_bytes"):
            if name not in values:
                raise InputError(where, f"missing {name}")
        architecture = Architecture.from_dict(values["architecture"], f"{where}.architecture")
        values = from_earlier_file(values, architecture)
        known = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(map(str, values.keys() - set(known))):
            raise InputError(where, f"unknown {', '.join(unknown)}", "known: " + ", ".join(known))
        modules = values.get("lora_target_modules", ())
        if not isinstance(modules, list | tuple):
            raise InputError(f"{where}.lora_target_modules", f"{modules!r} is not a list of names")
        return cls(
            **{**values, "architecture": architecture, "lora_target_modules": tuple(modules)}
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name, the architecture nested; without options not used."""
        result: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "architecture":
                result[field.name] = value.to_dict()
            elif field.name == "lora_target_modules":
                if value:
                    result[field.name] = list(value)
            elif field.name not in _WRITTEN_WHERE_USED or value != field.default:
                result[field.name] = value
        return result

    @property
    def rules(self) -> MemoryRules:
        """What the engine version counts."""
        return memory_rules(self.engine_version)

    @property
    def shard(self) -> Architecture:
        """Part of the model on one GPU."""
        return _shard(self.architecture, self.tensor_parallel_size)

    @property
    def kv_layout(self) -> KvLayout:
        """Blocks of the KV cache on one GPU."""
        return kv_layout(self.shard, self.rules.sliding_cache)

    @property
    def slot_layout(self) -> SlotLayout:
        """What adapter slots hold on one GPU."""
        rules, since = self.rules, self.architecture.lora_embeddings_since
        known = not since or release(self.engine_version) >= release(since)
        return SlotLayout(
            tensor_parallel_size=self.tensor_parallel_size,
            fully_sharded=self.fully_sharded_loras,
            target_modules=self.lora_target_modules,
            extra_vocabulary=rules.extra_vocabulary,
            embeddings=self.architecture.lora_embeddings and known,
            experts=rules.expert_slots,
        )

    def slot_bytes(self, max_lora_rank: int) -> int:
        """Bytes of one adapter slot of this rank on one GPU, not counting what segments waste."""
        return slot_bytes(self.architecture, max_lora_rank, self.slot_layout)

    def held_bytes(self, max_loras: int, max_lora_rank: int) -> int:
        """Bytes of weights and slots on one GPU."""
        count = (
            persistent_bytes if self.rules.reserved or self.rules.whole_gpu else allocated_bytes
        )
        return count(self.architecture, max_loras, max_lora_rank, self.slot_layout)

    def available_bytes(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
        max_model_len: int | None = None,
        specialize_active_lora: bool = False,
    ) -> float:
        """Bytes left for the KV cache; negative when there is not enough memory.

        Parameters
        ----------
        max_loras, max_lora_rank : int
            Adapter slots and the rank that they are sized for; 0 slots without LoRA.
        max_num_seqs, max_num_batched_tokens : int
            Largest number of requests and of tokens in one batch.
        max_model_len : int, optional
            Longest request in tokens; that of the model by default.
        specialize_active_lora : bool
            As `twin.gpu.engine_config.EngineConfig` has it.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        _check_slots(max_loras, max_lora_rank)
        longest = self.architecture.max_model_len if max_model_len is None else max_model_len
        for name, value in (
            ("max_num_seqs", max_num_seqs),
            ("max_num_batched_tokens", max_num_batched_tokens),
            ("max_model_len", longest),
        ):
            if value < 1:
                raise InputError(name, f"{value} is below 1")
        return available_bytes(
            *(self, max_loras, max_lora_rank, max_num_seqs, max_num_batched_tokens, longest),
            specialize_active_lora,
        )

    def tokens(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
        max_model_len: int | None = None,
        specialize_active_lora: bool = False,
    ) -> int:
        """KV capacity in tokens, a multiple of the block size; 0 when nothing is left.

        Where layers have windows, it is that of requests shorter than these.

        Parameters are those of `available_bytes`.
        """
        available = self.available_bytes(
            max_loras,
            max_lora_rank,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
            max_model_len=max_model_len,
            specialize_active_lora=specialize_active_lora,
        )
        return self.kv_layout.tokens(available, self.block_size)

    def cache_bytes(self, tokens: int) -> int:
        """Bytes of KV cache on one GPU that hold so many tokens."""
        layout = self.kv_layout
        return tokens * layout.block_bytes(1) * len(layout.windows)

    def request_tokens(self, max_model_len: int, max_num_batched_tokens: int) -> int:
        """KV capacity that a request of so many tokens needs: fewer where layers have windows."""
        layout = self.kv_layout
        blocks = layout.request_blocks(max_model_len, max_num_batched_tokens, self.block_size)
        return -(-blocks // len(layout.windows)) * self.block_size

    def error(
        self,
        max_loras: int,
        max_lora_rank: int,
        *,
        max_model_len: int,
        max_num_seqs: int,
        max_num_batched_tokens: int = 2048,
        specialize_active_lora: bool = False,
    ) -> str | None:
        """Why the engine would refuse to start, in a sentence; None when it starts.

        Parameters
        ----------
        max_loras, max_lora_rank, max_num_seqs, max_num_batched_tokens : int
            As in `available_bytes`.
        max_model_len : int
            Longest request in tokens: vLLM wants room for one.
        specialize_active_lora : bool
            As in `available_bytes`.
        """
        available = self.available_bytes(
            max_loras,
            max_lora_rank,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
            max_model_len=max_model_len,
            specialize_active_lora=specialize_active_lora,
        )
        layout = self.kv_layout
        needed = layout.request_blocks(max_model_len, max_num_batched_tokens, self.block_size)
        if available >= needed * layout.block_bytes(self.block_size):
            return None
        tokens = layout.tokens(available, self.block_size)
        held = self.held_bytes(max_loras, max_lora_rank)
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


@lru_cache(maxsize=256)
def _shard(architecture: Architecture, gpus: int) -> Architecture:
    return architecture.shard(gpus)


_WRITTEN_WHERE_USED = {
    "sampler_bytes",
    "tensor_parallel_size",
    "kv_cache_memory_bytes",
    "fully_sharded_loras",
    "enforce_eager",
}


def _check_slots(max_loras: int, max_lora_rank: int) -> None:
    if max_loras < 0:
        raise InputError("max_loras", f"{max_loras} is negative")
    if max_loras and max_lora_rank not in LEGAL_RANKS:
        raise InputError(
            "max_lora_rank",
            f"{max_lora_rank} is not accepted by vLLM",
            "accepted: " + ", ".join(map(str, LEGAL_RANKS)),
        )
