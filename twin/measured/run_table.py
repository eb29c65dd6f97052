"""Tables of measured runs, and which of their rows can be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.measured.row_fields import RowFields
from twin.measured.run import MeasuredRun
from twin.measured.run_requests import (
    MOST_TOKENS,
    RunRequests,
    ServedAdapters,
    read_run_requests,
)

__all__ = ["REQUIRED_COLUMNS", "read_runs", "run_from_row"]

REQUIRED_COLUMNS = (
    "run_id",
    "model",
    "vllm_version",
    "max_loras",
    "max_lora_rank",
    "adapter_rank_mix",
    "rate_counts",
    "mean_input_tokens",
    "mean_output_tokens",
    "duration_s",
    "total_throughput_tok_s",
)
"""Columns that a table must have; `run_from_row` says which others are read."""

_OUTCOMES = ("ok", "memory_error", "other_failure")
_COUNTERS = ("engine_prompt_tokens", "engine_generation_tokens")
_LONGEST = 1e8  # s
_HIGHEST_RATE = 1e6  # requests/s of one adapter
_MOST_ADAPTERS = 1_000_000
_BY_COUNT = "fixed_count"  # modes of a benchmark that ends with the last of so many requests


def read_runs(path: Path | str) -> list[MeasuredRun]:
    """Read a table of runs; rows that ended for reasons outside the engine are left out.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is not acceptable.
    """
    runs = [
        run_from_row(row, where, Path(path).parent)
        for where, row in csv_rows(path, REQUIRED_COLUMNS)
        if row.get("outcome", "ok") != "other_failure"
    ]
    if not runs:
        raise InputError(str(path), "it has no run", "rows with outcome ok or memory_error")
    return runs


def run_from_row(row: Mapping[str, str], where: str, folder: Path | None = None) -> MeasuredRun:
    """Run of one row of a table.

    Beside `REQUIRED_COLUMNS` these columns are read where present: scenario, max_num_seqs,
    arrival_process, benchmark_mode, requests_sent, dataset, mean_tpot_ms, mean_itl_ms,
    authors_ttft_ms (unfinished requests are charged the whole duration), mean_ttft_completed_ms,
    mean_ttft_ms, p99_ttft_ms, outcome, gpu_memory_contaminated, metrics_source, starved,
    starved_is_uncertain, frontend_saturated, configured_window_s, max_num_batched_tokens,
    specialize_active_lora (1 or 0), engine_prompt_tokens and engine_generation_tokens (the
    engine's counters over the window), and gpu, requests_file (see `twin.measured.run_requests`).

    Parameters
    ----------
    row : mapping of str to str
        Text by column.
    where : str
        File and row for messages.
    folder : Path or None
        Where ``requests_file`` lies; None for a row that may name none.

    Raises
    ------
    InputError
        If a value is not acceptable.
    """
    fields = RowFields(row, where)
    run = _run(fields)
    run = replace(run, usable=_is_usable(run, fields))
    if run.usable:
        _check(run, fields)
        if folder is not None and fields.text("requests_file"):
            run = replace(run, requests=_requests(run, fields, folder))
    label = fields.switch("starved")
    served = run.throughput if math.isnan(run.engine_throughput) else run.engine_throughput
    return replace(run, starved=run.starves(served, run) if label is None else label)


def _requests(run: MeasuredRun, fields: RowFields, folder: Path) -> RunRequests:
    name = fields.text("requests_file")
    if Path(name).name != name:
        raise fields.error("requests_file", f"{name!r} is no name of a file beside the table")
    if not (folder / name).is_file():
        problem = f"there is no file {name} beside the table"
        raise fields.error("requests_file", problem, "empty it to have requests drawn")
    served = ServedAdapters(run.ranks, run.max_lora_rank, folder)
    return read_run_requests(folder / name, served)


def _run(fields: RowFields) -> MeasuredRun:
    """The run as far as single columns tell."""
    by_count = fields.text("benchmark_mode").startswith(_BY_COUNT)
    return MeasuredRun(
        run_id=fields.text("run_id"),
        scenario=fields.text("scenario", "all"),
        model=fields.text("model"),
        engine_version=fields.text("vllm_version"),
        max_loras=fields.whole("max_loras"),
        max_lora_rank=fields.whole("max_lora_rank"),
        max_num_seqs=fields.whole("max_num_seqs"),
        ranks=fields.ranks("adapter_rank_mix"),
        rates=fields.counts("rate_counts"),
        pooled_arrivals=fields.text("arrival_process") == "poisson_aggregate",
        num_requests=fields.whole("requests_sent") if by_count else 0,
        dataset=fields.text("dataset"),
        prompt_mean=fields.number("mean_input_tokens"),
        output_mean=fields.number("mean_output_tokens"),
        duration=fields.first("duration_s", "configured_window_s"),
        throughput=fields.number("total_throughput_tok_s"),
        tpot_mean=fields.seconds("mean_tpot_ms"),
        itl_mean=fields.seconds("mean_itl_ms"),
        ttft_mean=fields.seconds("authors_ttft_ms", "mean_ttft_completed_ms", "mean_ttft_ms"),
        ttft_charges_unfinished=not math.isnan(fields.number("authors_ttft_ms")),
        # Benchmarks that end by count charge the whole duration for unfinished requests here.
        ttft_p99=math.nan if by_count else fields.seconds("p99_ttft_ms"),
        memory_error=fields.choice("outcome", _OUTCOMES, "ok") == "memory_error",
        usable=False,
        starved=False,
        starved_is_uncertain=fields.flag("starved_is_uncertain"),
        frontend_saturated=fields.flag("frontend_saturated"),
        gpu=fields.text("gpu"),
        engine_throughput=_processed(fields),
        max_num_batched_tokens=fields.whole("max_num_batched_tokens"),
        specialize_active_lora=fields.switch("specialize_active_lora"),
    )


def _processed(fields: RowFields) -> float:
    """Tokens/s by the engine's counters."""
    counted = {name: fields.number(name) for name in _COUNTERS}
    unknown = [name for name, value in counted.items() if math.isnan(value)]
    if len(unknown) == 1:
        other = next(name for name in _COUNTERS if name not in unknown)
        raise fields.error(unknown[0], f"it is missing beside {other}", "both, or none")
    tokens = sum(counted.values())
    duration = fields.first("duration_s", "configured_window_s")
    return tokens / duration if duration > 0 else math.nan


def _is_usable(run: MeasuredRun, fields: RowFields) -> bool:
    figures = (run.prompt_mean, run.output_mean, run.throughput, run.duration)
    return (
        fields.text("outcome", "ok") == "ok"
        and not fields.flag("gpu_memory_contaminated")
        and fields.text("metrics_source", "benchmark_log") == "benchmark_log"
        and not any(map(math.isnan, figures))
        and bool(run.rates)
    )


def _check(run: MeasuredRun, fields: RowFields) -> None:
    """Refuse a run that cannot be replayed."""
    slots, number = run.max_loras, sum(run.ranks.values())
    for column, value, most in (
        ("mean_input_tokens", run.prompt_mean, MOST_TOKENS),
        ("mean_output_tokens", run.output_mean, MOST_TOKENS),
        ("duration_s", run.duration, _LONGEST),
        ("rate_counts", max(run.rates), _HIGHEST_RATE),
        ("rate_counts", run.num_adapters, _MOST_ADAPTERS),
        ("max_loras", slots, _MOST_ADAPTERS),
    ):
        if value == 0 and column != "max_loras":
            raise fields.error(column, "it is 0", "a positive number")
        if value > most:
            raise fields.error(column, f"{value:g} is too large", f"up to {most:g}")
    if slots and number != run.num_adapters:
        problem = f"{fields.text('adapter_rank_mix')!r} has {number} adapters"
        accepted = f"{run.num_adapters}, as rate_counts has"
        raise fields.error("adapter_rank_mix", problem, accepted)
    highest = max(run.ranks, default=0)
    if slots and highest > run.max_lora_rank:
        problem = f"an engine with max_lora_rank {run.max_lora_rank} serves no rank {highest}"
        raise fields.error("adapter_rank_mix", problem, "ranks up to max_lora_rank")
