"""Which terms an engine has."""

from __future__ import annotations

from twin.calibrate.terms import TERMS, Term
from twin.gpu.engine_semantics import engine_semantics

__all__ = ["engine_terms"]

_TODAY = (
    *("prefill", "launch", "launch_lora", "slot_rank", "adapter_narrow", "adapter_few"),
    *("gpu_per_rank", "request"),
)
_EARLIER = ("eager", "eager_adapter", "adapter_setup")


def engine_terms(engine_version: str) -> tuple[Term, ...]:
    """Terms of a vLLM version.

    Where LoRA is paid for in every step (0.8.5 and before), the reference measurements are told by
    fewer terms, and servers set an adapter up at its first request.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    earlier = engine_semantics(engine_version).lora_always
    left_out = _TODAY if earlier else _EARLIER
    return tuple(term for term in TERMS if term.name not in left_out)
