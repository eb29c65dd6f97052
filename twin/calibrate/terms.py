"""Terms of a profile that can be fitted: their size, how sure it is, and what data tells them."""

from __future__ import annotations

from dataclasses import dataclass

from twin.gpu.profile import ServingProfile

__all__ = ["TERMS", "Term", "term_value"]


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
        Its size on an H100 with an 8B model, in seconds per unit: where the fit starts if no
        profile tells it.
    spread : float
        Standard deviation of its logarithm, by which it may differ from what another GPU, scaled
        by its datasheet, makes one expect.
    data : str
        What runs have to differ in so that it can be told.
    """

    part: str
    name: str
    typical: float
    spread: float
    data: str

    @property
    def key(self) -> str:
        """Its name with that of its part."""
        return f"{self.part}.{self.name}"


def term_value(profile: ServingProfile, term: Term) -> float:
    """Value of a term in seconds per unit."""
    return float(getattr(getattr(profile, term.part), term.name))


_STEP = "step_time"
_SLOTS = "runs that differ in max_loras"
_RANKS = "runs that differ in max_lora_rank"
_ADAPTERS = "overloaded runs with few and with many adapters"
_CLOSED = "closed-loop runs"

TERMS = (
    Term(_STEP, "base", 6.4e-3, 0.5, "runs with little traffic"),
    Term(_STEP, "decode", 2.5e-5, 0.7, "runs with few and with many requests at the same time"),
    Term(_STEP, "prefill", 4e-3, 1.0, "runs with short outputs beside runs with long ones"),
    Term(_STEP, "prefill_token", 2.4e-5, 0.3, f"{_CLOSED} without LoRA, with long prompts"),
    Term(_STEP, "kv_token", 6e-9, 0.5, f"{_CLOSED} with short and with long outputs"),
    Term(_STEP, "eager", 2e-3, 1.0, "runs with batches below and above 512 tokens"),
    Term(_STEP, "launch", 2.5e-2, 1.0, f"{_CLOSED} of one prompt of 600 to 1,000 tokens"),
    Term(_STEP, "scheduler_waiting", 1e-7, 1.0, "overloaded runs, thousands of them waiting"),
    Term(_STEP, "scheduler_skipped", 3e-7, 1.0, "overloaded runs, fewer slots than adapters"),
    Term(_STEP, "lora", 1.2e-3, 1.0, f"{_CLOSED} with one adapter and for the base model"),
    Term(_STEP, "slot", 1.7e-5, 1.0, f"{_SLOTS}, with little traffic"),
    Term(_STEP, "slot_rank", 3e-7, 1.0, f"{_RANKS}, with one adapter"),
    Term(_STEP, "decode_slot", 2.2e-7, 1.0, f"{_SLOTS}, closed-loop with short prompts"),
    Term(_STEP, "prefill_token_slot", 2.2e-7, 1.0, f"{_SLOTS}, with long prompts"),
    Term(_STEP, "prefill_token_lora", 7.5e-6, 1.0, f"{_CLOSED} with long prompts, with LoRA"),
    Term(_STEP, "prefill_token_slot_rank", 5e-8, 1.0, f"{_RANKS}, with long prompts"),
    Term(_STEP, "adapter", 1.8e-4, 1.0, "runs that differ in the number of adapters"),
    Term(_STEP, "adapter_slot_rank", 6e-6, 1.0, f"{_RANKS}, with many adapters"),
    Term(_STEP, "adapter_narrow", 6e-5, 1.0, "runs with max_lora_rank 8 and with 16"),
    Term(_STEP, "adapter_few", 7e-5, 1.0, f"{_CLOSED} of 64 and 128 requests"),
    Term(_STEP, "adapter_prefill_token", 1e-7, 1.0, _ADAPTERS),
    Term(_STEP, "eager_adapter", 1e-4, 1.0, _ADAPTERS),
    Term(_STEP, "launch_lora", 3.5e-2, 1.0, f"{_CLOSED} of one prompt, with and without adapter"),
    Term("adapter_load", "gpu", 8e-3, 1.0, "runs with fewer slots than adapters"),
    Term("adapter_load", "gpu_per_rank", 4e-4, 1.0, f"{_RANKS}, fewer slots than adapters"),
    Term("front_end", "request", 6e-3, 1.0, "closed-loop runs of one request, with their TTFT"),
    Term("front_end", "adapter_setup", 0.3, 1.0, "mean TTFT of runs with little traffic"),
)
"""Those of the step time in the order of its equation, then the others."""
