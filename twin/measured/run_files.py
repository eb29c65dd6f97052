"""Measured runs from whatever holds them: a table, results of a benchmark, or a folder of both."""

from __future__ import annotations

from pathlib import Path

from twin.files.errors import InputError
from twin.files.input_file import input_lines
from twin.measured.bench_result import read_bench_results
from twin.measured.run import MeasuredRun
from twin.measured.run_table import REQUIRED_COLUMNS, read_runs

__all__ = ["header_of", "no_runs", "read_measured", "result_files"]

_RESULTS = (".json", ".jsonl", ".ndjson")


def read_measured(path: Path | str) -> list[MeasuredRun]:
    """Runs of a file or a folder.

    Parameters
    ----------
    path : Path or str
        Table of runs, as `read_runs` takes it; results of ``vllm bench serve``, as
        `read_bench_results` takes them, in a file that ends in .json, .jsonl or .ndjson; or a
        folder of such files, in which tables of other things are passed over.

    Raises
    ------
    InputError
        If a file cannot be read, a value is not acceptable, or there is no run.
    """
    path = Path(path)
    if not path.is_dir():
        is_result = path.suffix.lower() in _RESULTS
        return read_bench_results(path) if is_result else read_runs(path)
    tables = [p for p in sorted(path.glob("*.csv")) if header_of(p) >= set(REQUIRED_COLUMNS)]
    runs = [run for table in tables for run in read_runs(table)]
    runs += [run for result in result_files(path) for run in read_bench_results(result)]
    if not runs:
        raise no_runs(path)
    return runs


def result_files(folder: Path) -> list[Path]:
    """Files in a folder that hold results of ``vllm bench serve``, by their names."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _RESULTS)


def header_of(path: Path) -> set[str]:
    """Names of the columns of a CSV file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return {name.strip() for name in next(input_lines(path)).split(",")}


def no_runs(folder: Path) -> InputError:
    """What is wrong with a folder in which no run is."""
    return InputError(
        str(folder),
        "it has no table of runs",
        f"a CSV with the columns {', '.join(REQUIRED_COLUMNS)}, or results of vllm bench serve",
    )
