"""Tables of measured runs, and which of their rows can be used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.measured.run import MeasuredRun

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
_STARVED = 0.9

Number = Callable[[str], float]


def read_runs(path: Path | str) -> list[MeasuredRun]:
    """Read a table of runs; rows that ended for reasons outside the engine are left out.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is not acceptable.
    """
    runs = [
        run_from_row(row, where)
        for where, row in csv_rows(path, REQUIRED_COLUMNS)
        if row.get("outcome", "ok") != "other_failure"
    ]
    if not runs:
        raise InputError(str(path), "it has no run", "rows with outcome ok or memory_error")
    return runs


def run_from_row(row: Mapping[str, str], where: str) -> MeasuredRun:
    """Run of one row of a table.

    Beside `REQUIRED_COLUMNS` these columns are read where present: scenario, max_num_seqs,
    arrival_process, benchmark_mode, requests_sent, dataset, mean_tpot_ms, mean_itl_ms,
    authors_ttft_ms (unfinished requests are charged the whole duration), mean_ttft_completed_ms,
    mean_ttft_ms, p99_ttft_ms, outcome, gpu_memory_contaminated, metrics_source, starved,
    starved_is_uncertain, frontend_saturated, configured_window_s.

    Parameters
    ----------
    row : mapping of str to str
        Text by column.
    where : str
        File and row for messages.

    Raises
    ------
    InputError
        If a value is not acceptable.
    """

    def number(column: str) -> float:
        text = (row.get(column) or "").strip()
        value = to_number(f"{where}, column {column}", text, "a number") if text else math.nan
        if value < 0:
            raise InputError(f"{where}, column {column}", f"{text} is negative", "0 or more")
        return value

    def whole(column: str) -> int:
        value = number(column)
        if math.isnan(value):
            return 0
        if not value.is_integer():
            raise InputError(f"{where}, column {column}", f"{value:g} is not a whole number")
        return int(value)

    def first(*columns: str) -> float:
        return next((v for v in map(number, columns) if not math.isnan(v)), math.nan)

    outcome = row.get("outcome") or "ok"
    if outcome not in _OUTCOMES:
        accepted = f"accepted: {', '.join(_OUTCOMES)}"
        raise InputError(f"{where}, column outcome", repr(outcome), accepted)
    prompt_mean, output_mean = number("mean_input_tokens"), number("mean_output_tokens")
    throughput = number("total_throughput_tok_s")
    duration = first("duration_s", "configured_window_s")
    rates = _counts(row["rate_counts"], f"{where}, column rate_counts")
    usable = (
        outcome == "ok"
        and number("gpu_memory_contaminated") != 1
        and (row.get("metrics_source") or "benchmark_log") == "benchmark_log"
        and not any(map(math.isnan, (prompt_mean, output_mean, throughput, duration)))
        and bool(rates)
    )
    for column, value in (
        ("mean_input_tokens", prompt_mean),
        ("mean_output_tokens", output_mean),
        ("duration_s", duration),
    ):
        if usable and value == 0:
            raise InputError(f"{where}, column {column}", "it is 0", "a positive number")
    offered = math.fsum(r * n for r, n in rates.items()) * (prompt_mean + output_mean)
    label = number("starved")
    by_count = (row.get("benchmark_mode") or "").startswith("fixed_count")
    ranks = _counts(row["adapter_rank_mix"], f"{where}, column adapter_rank_mix")
    run = MeasuredRun(
        run_id=row["run_id"],
        scenario=row.get("scenario") or "all",
        model=row["model"],
        engine_version=row["vllm_version"],
        max_loras=whole("max_loras"),
        max_lora_rank=whole("max_lora_rank"),
        max_num_seqs=whole("max_num_seqs"),
        ranks={int(rank): count for rank, count in ranks.items()},
        rates=rates,
        pooled_arrivals=row.get("arrival_process") == "poisson_aggregate",
        num_requests=whole("requests_sent") if by_count else 0,
        dataset=row.get("dataset") or "",
        prompt_mean=prompt_mean,
        output_mean=output_mean,
        duration=duration,
        throughput=throughput,
        tpot=number("mean_tpot_ms") / 1e3,
        itl=number("mean_itl_ms") / 1e3,
        ttft=first("authors_ttft_ms", "mean_ttft_completed_ms", "mean_ttft_ms") / 1e3,
        ttft_charges_unfinished=not math.isnan(number("authors_ttft_ms")),
        # Benchmarks that end by count charge the whole duration for unfinished requests here.
        p99_ttft=math.nan if by_count else number("p99_ttft_ms") / 1e3,
        memory_error=outcome == "memory_error",
        usable=usable,
        starved=throughput < _STARVED * offered if math.isnan(label) else label == 1,
        starved_is_uncertain=number("starved_is_uncertain") == 1,
        frontend_saturated=number("frontend_saturated") == 1,
    )
    if usable and sum(run.ranks.values()) != run.num_adapters:
        raise InputError(
            f"{where}, column adapter_rank_mix",
            f"{row['adapter_rank_mix']!r} has {sum(run.ranks.values())} adapters",
            f"{run.num_adapters}, as rate_counts has",
        )
    return run


def _counts(text: str, where: str) -> dict[float, int]:
    """Read ``value:count;value:count``."""
    counts: dict[float, int] = {}
    for part in filter(None, text.split(";")):
        value, _, count = part.partition(":")
        accepted = "value:count;value:count"
        key = to_number(where, value, accepted)
        number = to_number(where, count, accepted)
        if key <= 0 or number < 1 or not number.is_integer():
            raise InputError(where, f"{part!r} is not a positive value and a count", accepted)
        counts[key] = counts.get(key, 0) + int(number)
    return counts
