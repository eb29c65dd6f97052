"""Terms of a profile that can be fitted: their size, and what data tells them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TERMS", "Term"]


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient of a serving profile.

    Parameters
    ----------
    part : str
        Field of `twin.gpu.profile.ServingProfile` that it belongs to.
    name : str
        Field of that part.
    typical : float
        Its size on an H100 with an 8B model, in seconds per unit: where the fit starts.
    data : str
        What runs have to differ in so that it can be told.
    """

    part: str
    name: str
    typical: float
    data: str


_STEP = "step_time"
_SLOTS = "runs that differ in max_loras"
_RANKS = "runs that differ in max_lora_rank"
_ADAPTERS = "overloaded runs with few and with many adapters"

TERMS = (
    Term(_STEP, "base", 1.1e-2, "runs with little traffic"),
    Term(_STEP, "decode", 3e-5, "runs with few and with many requests at the same time"),
    Term(_STEP, "prefill_token", 2e-5, "closed-loop runs without LoRA, with one output token"),
    Term(_STEP, "kv_token", 8e-9, "closed-loop runs with short and with long outputs"),
    Term(_STEP, "eager", 2e-3, "runs with batches below and above 512 tokens"),
    Term(_STEP, "scheduler_waiting", 1e-7, "overloaded runs with thousands of waiting requests"),
    Term(_STEP, "scheduler_skipped", 3e-7, "overloaded runs with fewer slots than adapters"),
    Term(_STEP, "lora", 2e-3, "runs with LoRA and without it"),
    Term(_STEP, "slot", 2e-5, f"{_SLOTS}, with little traffic"),
    Term(_STEP, "decode_slot", 1.5e-7, f"{_SLOTS}, closed-loop with short prompts"),
    Term(_STEP, "prefill_token_slot", 1e-7, f"{_SLOTS}, overloaded"),
    Term(_STEP, "prefill_token_lora", 4e-5, "runs with LoRA, overloaded and closed-loop"),
    Term(_STEP, "prefill_token_slot_rank", 2e-7, f"{_RANKS}, overloaded"),
    Term(_STEP, "adapter", 3e-4, "runs that differ in the number of adapters"),
    Term(_STEP, "adapter_slot_rank", 3e-6, f"{_RANKS}, with many adapters"),
    Term(_STEP, "adapter_prefill_token", 1e-7, _ADAPTERS),
    Term(_STEP, "eager_adapter", 1e-4, _ADAPTERS),
    Term("adapter_load", "gpu", 5e-3, "runs with fewer slots than adapters"),
    Term("front_end", "adapter_setup", 0.3, "mean TTFT with little traffic, of finished requests"),
)
"""Those of the step time in the order of its equation, then the others."""
