"""EngineConfig: how one vLLM engine is started, in vLLM's own words."""

from __future__ import annotations

from dataclasses import dataclass

from twin.files.errors import InputError
from twin.workload.rank import BASE, LEGAL_RANKS

__all__ = ["MOST", "EngineConfig"]

MOST = {
    "max_loras": 2**16,
    "max_cpu_loras": 2**30,
    "max_num_seqs": 2**20,
    "max_num_batched_tokens": 2**24,
    "block_size": 2**16,
    "max_model_len": 2**30,
}
"""Largest values that can be simulated, far beyond any engine's."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Configuration of one vLLM engine.

    Parameters
    ----------
    max_loras : int
        Adapter slots on the GPU: distinct adapters that may run in one batch. 0 means that LoRA
        is not enabled.
    max_lora_rank : int
        Rank that every slot is sized for; one of the values that vLLM accepts, 0 without LoRA.
    max_cpu_loras : int or None
        Adapters kept in host memory; None means that all adapters fit there.
    max_num_seqs : int
        Requests that may run at the same time.
    max_num_batched_tokens : int
        Token budget of one step, at least one token for every request.
    block_size : int
        Tokens in one KV block.
    max_model_len : int or None
        Longest request, prompt and output, in tokens; None means the profile's.
    specialize_active_lora : bool
        Launch LoRA kernels for the adapters in the batch, rounded up to a power of two, in place
        of ``max_loras + 1``.

    Raises
    ------
    InputError
        If a value or a combination is one that vLLM refuses, or is beyond `MOST`.
    """

    max_loras: int = 1
    max_lora_rank: int = 16
    max_cpu_loras: int | None = None
    max_num_seqs: int = 2048
    max_num_batched_tokens: int = 2048
    block_size: int = 16
    max_model_len: int | None = None
    specialize_active_lora: bool = False

    def __post_init__(self) -> None:
        if self.max_loras < 0:
            raise InputError("max_loras", f"{self.max_loras} is negative")
        if self.max_loras > 0 and self.max_lora_rank not in LEGAL_RANKS:
            raise InputError(
                "max_lora_rank",
                f"{self.max_lora_rank} is not accepted by vLLM",
                "accepted: " + ", ".join(map(str, LEGAL_RANKS)),
            )
        if self.max_cpu_loras is not None and self.max_cpu_loras < self.max_loras:
            raise InputError(
                "max_cpu_loras", f"{self.max_cpu_loras} is below max_loras ({self.max_loras})"
            )
        for name in ("max_num_seqs", "max_num_batched_tokens", "block_size"):
            if getattr(self, name) < 1:
                raise InputError(name, f"{getattr(self, name)} is below 1")
        if self.max_num_batched_tokens < self.max_num_seqs:
            raise InputError(
                "max_num_batched_tokens",
                f"{self.max_num_batched_tokens} is below max_num_seqs ({self.max_num_seqs})",
            )
        if self.max_model_len is not None and self.max_model_len < 1:
            raise InputError("max_model_len", f"{self.max_model_len} is below 1")
        for name, most in MOST.items():
            value = getattr(self, name)
            if value is not None and value > most:
                raise InputError(name, f"{value} is too large", f"up to {most}")

    @property
    def largest_rank(self) -> int:
        """Largest rank that it can serve; 0, that of the base model, without LoRA."""
        return self.max_lora_rank if self.max_loras else BASE
