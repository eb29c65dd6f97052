"""Duration of one engine step from what is in it; the equations are in docs/twin.md."""

from __future__ import annotations

from twin.compiled import inlined
from twin.kernel.layout import StepCosts

__all__ = ["rounded_up", "step_time"]


@inlined
def rounded_up(active: int, most: int) -> int:
    """Adapters that kernels are launched for: a power of two, or as many as there can be."""
    launched = 1
    while launched < active:
        launched *= 2
    return min(launched, most)


@inlined
def step_time(
    costs: StepCosts,
    decodes: int,
    prefill_tokens: int,
    kv_tokens: int,
    adapters: int,
    rank_sum: int,
    running: int,
    waiting: int,
    skipped: int,
    base_running: int,
) -> float:
    """Seconds that a step takes, adapter loads not included.

    Parameters
    ----------
    costs : StepCosts
        Per-unit costs of this engine, its slot count already folded in.
    decodes : int
        Requests that generate one token each.
    prefill_tokens : int
        Prompt tokens computed.
    kv_tokens : int
        Tokens of context that the decodes read.
    adapters, rank_sum : int
        Distinct adapters in the batch, and the sum of their ranks. With none, the engine skips
        its LoRA kernels.
    running, waiting : int
        Requests running and waiting.
    skipped : int
        Waiting requests that were looked at in vain for lack of a slot.
    base_running : int
        Requests for the base model running, which count as one adapter more.
    """
    tokens = decodes + prefill_tokens
    duration = (
        costs.base
        + costs.decode * decodes
        + costs.prefill_token * prefill_tokens
        + costs.kv_token * kv_tokens
        + costs.adapter * adapters
        + costs.adapter_rank * rank_sum
        + costs.adapter_prefill_token * adapters * prefill_tokens
        + costs.scheduler_running * running
        + costs.scheduler_waiting * waiting
        + costs.scheduler_skipped * skipped
    )
    if prefill_tokens > 0:
        duration += costs.prefill
    if adapters == 0:
        duration -= (
            costs.lora + costs.lora_decode * decodes + costs.lora_prefill_token * prefill_tokens
        )
    else:
        if tokens < costs.few_tokens:
            duration += costs.adapter_few * adapters
        if costs.launched > 0:
            active = adapters + (1 if base_running > 0 else 0)
            duration -= (costs.launched - rounded_up(active, costs.launched)) * (
                costs.slot
                + costs.slot_decode * decodes
                + costs.slot_prefill_token * prefill_tokens
            )
    if tokens > costs.graph_tokens:
        duration += costs.eager + costs.eager_adapter * adapters
        launch = costs.launch + (costs.launch_lora if adapters > 0 else 0.0)
        duration = max(duration, launch)
    return duration
