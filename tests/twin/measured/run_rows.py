"""A row of a table of runs, and files with such rows."""

from __future__ import annotations

import csv
from pathlib import Path

from twin.measured.run import MeasuredRun
from twin.measured.run_table import read_runs

__all__ = ["ROW", "read", "write"]

ROW = {
    "run_id": "one",
    "model": "llama-3.1-8b-instruct",
    "vllm_version": "0.8.5",
    "max_loras": "8",
    "max_lora_rank": "16",
    "adapter_rank_mix": "8:2;16:2",
    "rate_counts": "0.5:3;2:1",
    "mean_input_tokens": "220",
    "mean_output_tokens": "180",
    "duration_s": "600",
    "total_throughput_tok_s": "1200",
}


def write(folder: Path, *rows: dict[str, str]) -> Path:
    """File with these rows."""
    path = folder / "runs.csv"
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(folder: Path, **changes: str) -> MeasuredRun:
    """The run of `ROW` with some fields changed."""
    (run,) = read_runs(write(folder, ROW | changes))
    return run
