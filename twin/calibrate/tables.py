"""Tables in a folder of measurements, recognized by their columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.calibrate import adapter_load_fit
from twin.files.errors import InputError
from twin.files.input_file import read_input_bytes
from twin.measured import closed_loop, run_table
from twin.measured.bench_result import read_bench_results
from twin.measured.closed_loop import ClosedLoopRun, read_closed_loop_runs
from twin.measured.run import MeasuredRun
from twin.measured.run_files import header_of, no_runs, result_files
from twin.measured.run_table import read_runs

__all__ = ["Tables", "find_tables"]

_KV_COLUMNS = ("model", "vllm_version", "max_loras", "max_lora_rank", "kv_cache_tokens")


@dataclass(frozen=True, slots=True)
class Tables:
    """What a folder holds.

    Parameters
    ----------
    runs : tuple of MeasuredRun
        Open-loop runs, of all models.
    closed_loop : tuple of ClosedLoopRun
        Closed-loop runs, of all models.
    kv_capacity, adapter_load : Path or None
        Table of KV capacities and of adapter load times.
    fingerprint : str
        SHA-256 (hex) of the files that were used, in the order of their names.
    files : tuple of str
        Their names.
    """

    runs: tuple[MeasuredRun, ...]
    closed_loop: tuple[ClosedLoopRun, ...]
    kv_capacity: Path | None
    adapter_load: Path | None
    fingerprint: str
    files: tuple[str, ...]


def find_tables(folder: Path | str) -> Tables:
    """Read the tables of a folder.

    ``*.csv`` are recognized by their columns: runs as `twin.measured.run_table` takes them,
    closed-loop runs, KV capacities, adapter loads; others are passed over. ``*.json``,
    ``*.jsonl`` and ``*.ndjson`` are results of ``vllm bench serve --save-result``.

    Raises
    ------
    InputError
        If there is no such folder, it has no run, a table of one kind is there twice, or a value
        is not acceptable.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "give a folder of measurements")
    runs: list[MeasuredRun] = []
    closed: list[ClosedLoopRun] = []
    single: dict[str, Path] = {}
    used: list[Path] = []
    for path in sorted(folder.glob("*.csv")):
        header = header_of(path)
        if header >= set(run_table.REQUIRED_COLUMNS):
            runs.extend(read_runs(path))
        elif header >= set(closed_loop.REQUIRED_COLUMNS):
            closed.extend(read_closed_loop_runs(path))
        elif header >= set(_KV_COLUMNS):
            _once(single, "KV capacities", path)
        elif header >= set(adapter_load_fit.REQUIRED_COLUMNS):
            _once(single, "adapter loads", path)
        else:
            continue
        used.append(path)
    for path in result_files(folder):
        runs.extend(read_bench_results(path))
        used.append(path)
    if not runs:
        raise no_runs(folder)
    return Tables(
        tuple(runs),
        tuple(closed),
        single.get("KV capacities"),
        single.get("adapter loads"),
        _digest(used),
        tuple(path.name for path in used),
    )


def _once(single: dict[str, Path], kind: str, path: Path) -> None:
    if kind in single:
        raise InputError(
            str(path), f"{single[kind].name} holds {kind} already", "leave one of them"
        )
    single[kind] = path


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(read_input_bytes(path))
    return digest.hexdigest()
