"""EngineFlags: how the engines of the measurements were started, from the tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.calibrate.settings import Settings
from twin.calibrate.tables import Tables
from twin.files.csv_rows import csv_rows
from twin.gpu.engine_defaults import engine_defaults
from twin.measured.row_fields import RowFields
from twin.measured.run import MeasuredRun

__all__ = ["EngineFlags", "engine_flags"]

_FLAGS = (
    "max_num_seqs",
    "max_num_batched_tokens",
    "max_model_len",
    "gpu_memory_utilization",
)


@dataclass(frozen=True, slots=True)
class EngineFlags:
    """Flags that all engines of the measurements had.

    Parameters
    ----------
    max_num_seqs, max_num_batched_tokens, max_model_len : int
    gpu_memory_utilization : float
    largest_rank : int
        Largest ``max_lora_rank``.
    specialize_active_lora : bool
        Whether LoRA kernels are launched for the active adapters alone.
    """

    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int
    gpu_memory_utilization: float
    largest_rank: int
    specialize_active_lora: bool


def engine_flags(tables: Tables, settings: Settings, runs: Sequence[MeasuredRun]) -> EngineFlags:
    """Flags as the table of KV capacities, the runs and the closed-loop runs have them.

    What none of them tells is that of the profile to start from, or vLLM's own default for this
    version and GPU. Where engines differ, the flag of most rows counts; runs that say otherwise
    are still simulated with theirs. ``max_model_len`` changes no cost: it is the model's own, if
    the smallest KV cache holds as much.

    Raises
    ------
    InputError
        If a value is not acceptable.
    """
    told: dict[str, list[float]] = {flag: [] for flag in _FLAGS}
    smallest = math.inf
    ranks = [run.max_lora_rank for run in runs]
    closed = [run for run in tables.closed_loop if settings.covers(run)]
    ranks += [run.max_lora_rank for run in closed]
    both = (run.specialize_active_lora for group in (runs, closed) for run in group)
    switches = [float(on) for on in both if on is not None]
    unless = settings.base is not None and settings.base.specialize_active_lora
    for run in (*runs, *closed):
        for flag in ("max_num_seqs", "max_num_batched_tokens"):
            told[flag] += [getattr(run, flag)] if getattr(run, flag) else []
    if tables.kv_capacity is not None:
        for where, row in csv_rows(tables.kv_capacity, ("model", "vllm_version")):
            if (row["model"], row["vllm_version"]) == (settings.model, settings.engine_version):
                fields = RowFields(row, where)
                ranks.append(fields.whole("max_lora_rank"))
                tokens_held = fields.number("kv_cache_tokens")
                smallest = smallest if math.isnan(tokens_held) else min(smallest, tokens_held)
                for flag in _FLAGS:
                    value = fields.number(flag)
                    told[flag] += [] if math.isnan(value) else [value]
    length = settings.architecture.max_model_len
    if smallest < length:
        length = int(_usual(told["max_model_len"], length))
    defaults = engine_defaults(
        settings.engine_version,
        settings.gpu.memory_gib,
        length,
        gpu_name=settings.gpu.name,
        lora=any(ranks),
    )
    known = settings.base or defaults
    seqs = int(_usual(told["max_num_seqs"], known.max_num_seqs))
    tokens = int(_usual(told["max_num_batched_tokens"], known.max_num_batched_tokens))
    return EngineFlags(
        max_num_seqs=seqs,
        max_num_batched_tokens=max(tokens, seqs),
        max_model_len=length,
        gpu_memory_utilization=_usual(
            told["gpu_memory_utilization"], defaults.gpu_memory_utilization
        ),
        largest_rank=max(max(ranks, default=0), 8),
        specialize_active_lora=bool(_usual(switches, unless)),
    )


def _usual(values: Iterable[float], default: float) -> float:
    """The value that is there most often; of several, the largest."""
    values = list(values)
    return max(set(values), key=lambda v: (values.count(v), v)) if values else default
