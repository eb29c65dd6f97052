"""Session: everything that is measured on one engine, row by row into the tables."""

from __future__ import annotations

from statistics import median

from twin.measure.runs import measure_runs
from twin.measure.steps import measure_decode, measure_prefill, measure_swap
from twin.measure.subject import Subject
from twin.measure.tables import Row

__all__ = ["measure"]

_SHORT_PROMPT, _SHORT_OUTPUT = 16, 16  # tokens of the requests that warm up


async def measure(subject: Subject) -> None:
    """Measure what the plan has for an engine and the tables do not.

    Parameters
    ----------
    subject : Subject

    Raises
    ------
    InputError
        If the server fails, the tables are of another one, or a request is refused; what was
        measured before is in the tables.
    """
    for name in ("kv_capacity.csv", "step_latency.csv", "serving_runs.csv"):
        subject.tables.refuse_others(name, subject.server)
    _keep_kv_capacity(subject)
    await _load_adapters(subject)
    await _warm_up(subject)
    await measure_decode(subject)
    await measure_prefill(subject)
    await measure_swap(subject)
    await measure_runs(subject)


def _keep_kv_capacity(subject: Subject) -> None:
    if subject.rows("kv_capacity.csv"):
        return
    facts, with_lora = subject.facts, subject.engine.max_loras > 0
    row: Row = {
        **subject.identity,
        "lora_enabled": int(with_lora),
        "served_adapters": len(subject.adapters),
        "kv_cache_tokens": facts.kv_cache_tokens,
        "model_load_gib": facts.model_load_gib or None,
        "kv_available_gib": facts.kv_available_gib or None,
        "graph_capture_gib": facts.graph_capture_gib or None,
        "block_size": facts.block_size or None,
        "gpu_memory_utilization": facts.gpu_memory_utilization or None,
        "tensor_parallel_size": facts.tensor_parallel_size or None,
        "dtype": facts.dtype,
        "quantization": facts.quantization,
        "kv_cache_dtype": facts.kv_cache_dtype,
        "enforce_eager": facts.enforce_eager,
    }
    subject.tables.add("kv_capacity.csv", row)
    subject.say(f"KV cache: {facts.kv_cache_tokens:,} tokens")


async def _load_adapters(subject: Subject) -> None:
    """Have the server load what it has not, and keep how long that took by rank."""
    known = {row["adapter"] for row in subject.tables.rows("adapters.csv")}
    for adapter in subject.adapters:
        if adapter.name not in known:
            subject.tables.add("adapters.csv", {"adapter": adapter.name, "rank": adapter.rank})
    seconds: dict[int, list[float]] = {}
    for adapter in subject.adapters:
        if adapter.path:
            took = await subject.client.load_adapter(adapter.name, adapter.path)
            seconds.setdefault(adapter.rank, []).append(took)
    for rank, times in sorted(seconds.items()):
        if not subject.rows("adapter_load_api.csv", adapter_rank=rank):
            row: Row = {
                **subject.identity,
                "adapter_rank": rank,
                "count": len(times),
                "first_ms": times[0] * 1e3,
                "median_ms": median(times) * 1e3,
                "max_ms": max(times) * 1e3,
            }
            subject.tables.add("adapter_load_api.csv", row)
    if seconds:
        subject.say(f"loaded {sum(map(len, seconds.values()))} adapters")


async def _warm_up(subject: Subject) -> None:
    """Ask the base model and every adapter: what is compiled or set up at first is over then."""
    for names in ([""] * 4, subject.names[:1] * 4, subject.names):
        if names:
            await subject.closed(names, len(names), _SHORT_PROMPT, _SHORT_OUTPUT)
