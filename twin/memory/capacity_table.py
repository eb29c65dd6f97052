"""How many adapters fit: KV capacity by slots and rank, and the most slots that leave enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twin.files.errors import InputError
from twin.gpu.memory.kv_capacity import KvCapacityModel

__all__ = ["CapacityTable", "capacity_table", "most_slots"]


@dataclass(frozen=True, slots=True)
class CapacityTable:
    """KV capacity of one engine by adapter slots and rank.

    Parameters
    ----------
    max_loras : (n,) tuple of int
        Adapter slots; 0 stands for an engine without LoRA.
    ranks : (k,) tuple of int
        Values of ``max_lora_rank``.
    tokens : n tuples of k int
        KV capacity in tokens; 0 where nothing is left.
    errors : n tuples of k (str or None)
        Why the engine does not start; None where it does.
    most_slots : (k,) tuple of int
        Largest ``max_loras`` that leaves `needed_tokens`; 0 if there is none.
    needed_tokens : int
        KV tokens that have to be left.
    """

    max_loras: tuple[int, ...]
    ranks: tuple[int, ...]
    tokens: tuple[tuple[int, ...], ...]
    errors: tuple[tuple[str | None, ...], ...]
    most_slots: tuple[int, ...]
    needed_tokens: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "needed_tokens": self.needed_tokens,
            "capacity": [
                {
                    "max_loras": slots,
                    "max_lora_rank": rank if slots else 0,
                    "kv_cache_tokens": self.tokens[i][j],
                    "memory_error": self.errors[i][j],
                }
                for i, slots in enumerate(self.max_loras)
                for j, rank in enumerate(self.ranks if slots else self.ranks[:1])
            ],
            "most_slots": dict(zip(map(str, self.ranks), self.most_slots, strict=True)),
        }


def capacity_table(
    model: KvCapacityModel,
    max_loras: Sequence[int],
    ranks: Sequence[int],
    *,
    max_model_len: int,
    max_num_seqs: int,
    max_num_batched_tokens: int = 2048,
    specialize_active_lora: bool = False,
    needed_tokens: int | None = None,
) -> CapacityTable:
    """Tabulate a KV-capacity model.

    Parameters
    ----------
    model : KvCapacityModel
        Model, GPU and engine.
    max_loras, ranks : sequences of int
        Slot counts and ranks of the table.
    max_model_len, max_num_seqs, max_num_batched_tokens : int
        Longest request in tokens; requests and tokens of the largest batch.
    specialize_active_lora : bool
        As `twin.gpu.engine_config.EngineConfig` has it.
    needed_tokens : int, optional
        KV tokens that have to be left, at least (and by default) those that one request of
        ``max_model_len`` needs, with fewer the engine does not start.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    one = model.request_tokens(max_model_len, max_num_batched_tokens)
    needed = max(needed_tokens or 0, one)
    if needed_tokens is not None and needed_tokens < 1:
        raise InputError("needed KV tokens", f"{needed_tokens} is below 1")

    engine: dict[str, Any] = {
        "max_num_seqs": max_num_seqs,
        "max_num_batched_tokens": max_num_batched_tokens,
        "max_model_len": max_model_len,
        "specialize_active_lora": specialize_active_lora,
    }

    def tokens(slots: int, rank: int) -> int:
        return model.tokens(slots, rank if slots else 0, **engine)

    def error(slots: int, rank: int) -> str | None:
        return model.error(slots, rank if slots else 0, **engine)

    return CapacityTable(
        max_loras=tuple(max_loras),
        ranks=tuple(ranks),
        tokens=tuple(tuple(tokens(slots, rank) for rank in ranks) for slots in max_loras),
        errors=tuple(tuple(error(slots, rank) for rank in ranks) for slots in max_loras),
        most_slots=tuple(most_slots(model, r, needed_tokens=needed, **engine) for r in ranks),
        needed_tokens=needed,
    )


def most_slots(
    model: KvCapacityModel,
    max_lora_rank: int,
    *,
    needed_tokens: int,
    max_num_seqs: int,
    max_num_batched_tokens: int = 2048,
    max_model_len: int | None = None,
    specialize_active_lora: bool = False,
) -> int:
    """Largest ``max_loras`` that leaves enough KV cache; 0 if there is none.

    Slots cost at least their tensors, which bounds the number from above. From there it goes down,
    because what the allocator wastes is not monotone in the number of slots.

    Parameters
    ----------
    model : KvCapacityModel
        Model, GPU and engine.
    max_lora_rank : int
        Rank that every slot is sized for.
    needed_tokens : int
        KV tokens that have to be left.
    max_num_seqs, max_num_batched_tokens : int
        Requests and tokens of the largest batch.
    max_model_len : int, optional
        Longest request in tokens; that of the model by default.
    specialize_active_lora : bool
        As `twin.gpu.engine_config.EngineConfig` has it.
    """
    batch: dict[str, Any] = {
        "max_num_seqs": max_num_seqs,
        "max_num_batched_tokens": max_num_batched_tokens,
        "max_model_len": max_model_len or model.architecture.max_model_len,
        "specialize_active_lora": specialize_active_lora,
    }
    free = model.available_bytes(0, 0, **batch) - model.cache_bytes(needed_tokens)
    slots = max(int(free // model.slot_bytes(max_lora_rank)), 0)
    while slots > 0:
        tokens = model.tokens(slots, max_lora_rank, **batch)
        if tokens >= needed_tokens:
            break
        slots -= 1
    return slots
