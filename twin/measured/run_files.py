"""Measured runs from whatever holds them: a table, results of a benchmark, or a folder of both."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from twin.files.errors import InputError, ToolkitWarning
from twin.files.input_file import input_lines
from twin.measured.bench_result import read_bench_results
from twin.measured.near_tables import near_miss
from twin.measured.record_table import RECORD_COLUMNS, named_files, read_record_runs
from twin.measured.run import MeasuredRun
from twin.measured.run_table import REQUIRED_COLUMNS, read_runs

__all__ = [
    "RunFiles",
    "find_run_files",
    "header_of",
    "no_runs",
    "read_each",
    "read_measured",
    "warn_of_refused",
]

T = TypeVar("T")

_RESULTS = (".json", ".jsonl", ".ndjson")
_RUNS = {"runs": REQUIRED_COLUMNS}
_KINDS = {**_RUNS, "records": RECORD_COLUMNS}
_NAMES_FILES = RECORD_COLUMNS[0]  # which no other table has


def read_measured(path: Path | str) -> list[MeasuredRun]:
    """Runs of a file or a folder.

    Parameters
    ----------
    path : Path or str
        Table of runs, as `read_runs` takes it; results of ``vllm bench serve``, as
        `read_bench_results` takes them, in a file that ends in .json, .jsonl or .ndjson; a table
        of records of GuideLLM or aiperf, as `read_record_runs` takes it; or a folder of such
        files, in which tables of other things are passed over, and files that are refused are left
        out with a warning each.

    Raises
    ------
    InputError
        If the file cannot be read, a value is not acceptable, or there is no run.
    """
    path = Path(path)
    if not path.is_dir():
        is_result = path.suffix.lower() in _RESULTS
        return read_bench_results(path) if is_result else _read_table(path)
    refused: list[InputError] = []
    files = find_run_files(path)
    runs = files.read(refused)
    if not runs:
        raise refused[0] if refused else no_runs(path)
    warn_of_refused(refused)
    return [run for _, of_file in runs for run in of_file]


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Files in a folder that hold runs.

    Parameters
    ----------
    tables, record_tables : tuple of Path
        Tables of runs, and tables of records that clients noted, by their columns.
    named : tuple of Path
        Files that the latter name.
    results : tuple of Path
        Results of ``vllm bench serve``, by their names.
    near : tuple of InputError
        What tables lack that would be of either kind but for a column.
    """

    tables: tuple[Path, ...]
    record_tables: tuple[Path, ...]
    named: tuple[Path, ...]
    results: tuple[Path, ...]
    near: tuple[InputError, ...] = ()

    def read(self, refused: list[InputError]) -> list[tuple[Path, list[MeasuredRun]]]:
        """Runs of each file that can be read; why others cannot is added to a list."""
        refused += self.near
        return [
            *read_each(self.tables, read_runs, refused),
            *read_each(self.record_tables, read_record_runs, refused),
            *read_each(self.results, read_bench_results, refused),
        ]


def find_run_files(folder: Path) -> RunFiles:
    """Files in a folder that hold runs; what tables name is no result of its own.

    Raises
    ------
    InputError
        If a table cannot be read.
    """
    tables: list[Path] = []
    records: list[Path] = []
    near: list[InputError] = []
    for path in sorted(folder.glob("*.csv")):
        header = header_of(path)
        if header >= set(REQUIRED_COLUMNS):
            tables.append(path)
        elif header >= set(RECORD_COLUMNS):
            records.append(path)
        elif miss := near_miss(path, header, _KINDS if _NAMES_FILES in header else _RUNS):
            near.append(miss)
    named = {name for path in records for name in named_files(path)}
    results = [path for path in folder.iterdir() if path.suffix.lower() in _RESULTS]
    rest = sorted(set(results) - named)
    return RunFiles(
        *(tuple(tables), tuple(records), tuple(sorted(named)), tuple(rest), tuple(near))
    )


def _read_table(path: Path) -> list[MeasuredRun]:
    """Runs of a table of either kind."""
    header = header_of(path)
    if header >= set(RECORD_COLUMNS) and not header >= set(REQUIRED_COLUMNS):
        return read_record_runs(path)
    return read_runs(path)


def read_each(
    paths: Sequence[Path], read: Callable[[Path], T], refused: list[InputError]
) -> list[tuple[Path, T]]:
    """What is in the files of a folder that can be read; why others cannot is added to a list."""
    found: list[tuple[Path, T]] = []
    for path in paths:
        try:
            found.append((path, read(path)))
        except InputError as error:
            refused.append(error)
    return found


def warn_of_refused(refused: Sequence[InputError]) -> None:
    """Warn of each file that is left out."""
    for error in refused:
        warnings.warn(f"a file is left out: {error}", ToolkitWarning, stacklevel=3)


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
