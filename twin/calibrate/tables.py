"""Tables in a folder of measurements, recognized by their columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.calibrate import adapter_load_fit
from twin.calibrate.swap_table import SWAP_COLUMNS
from twin.files.errors import InputError
from twin.files.input_file import read_input_bytes
from twin.measured import closed_loop
from twin.measured.closed_loop import ClosedLoopRun, read_closed_loop_runs
from twin.measured.near_tables import near_miss
from twin.measured.run import MeasuredRun
from twin.measured.run_files import (
    find_run_files,
    header_of,
    no_runs,
    read_each,
    warn_of_refused,
)

__all__ = ["Tables", "find_tables"]

_REQUESTS = "requests_"  # begin of the names of files that tables of runs name
_KINDS = {"closed-loop runs": closed_loop.REQUIRED_COLUMNS}
_SINGLE: dict[str, tuple[str, ...]] = {
    "KV capacities": ("model", "vllm_version", "max_loras", "max_lora_rank", "kv_cache_tokens"),
    "adapter loads": adapter_load_fit.REQUIRED_COLUMNS,
    "calls that load adapters": adapter_load_fit.API_COLUMNS,
    "swaps": SWAP_COLUMNS,
}
"""Columns of tables that are there once."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a folder holds.

    Parameters
    ----------
    runs : tuple of MeasuredRun
        Open-loop runs, of all models.
    closed_loop : tuple of ClosedLoopRun
        Closed-loop runs, of all models.
    kv_capacity, adapter_load, load_api, swaps : Path or None
        Tables of KV capacities, of adapter load times, of calls that load adapters, and of
        adapters that change places.
    fingerprint : str
        SHA-256 (hex) of the files that were used, in the order of their names.
    files : tuple of str
        Their names.
    """

    runs: tuple[MeasuredRun, ...]
    closed_loop: tuple[ClosedLoopRun, ...]
    kv_capacity: Path | None
    adapter_load: Path | None
    load_api: Path | None
    swaps: Path | None
    fingerprint: str
    files: tuple[str, ...]


def find_tables(folder: Path | str) -> Tables:
    """Read the tables of a folder.

    ``*.csv`` are recognized by their columns: runs as `twin.measured.run_table` takes them,
    records as `twin.measured.record_table` does, closed-loop runs, KV capacities, adapter loads
    and swaps; others are passed over. ``*.json``, ``*.jsonl`` and ``*.ndjson`` that no table names
    are results of ``vllm bench serve --save-result``. Files of runs that are refused are left out
    with a warning each.

    Raises
    ------
    InputError
        If there is no such folder, it has no run, a table of one kind is there twice, or a value
        is not acceptable.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "give a folder of measurements")
    files = find_run_files(folder)
    loop_tables: list[Path] = []
    single: dict[str, Path] = {}
    near: list[InputError] = []
    for path in sorted(set(folder.glob("*.csv")) - {*files.tables, *files.record_tables}):
        header = header_of(path)
        if header >= set(closed_loop.REQUIRED_COLUMNS):
            loop_tables.append(path)
        elif kind := next((k for k, columns in _SINGLE.items() if header >= set(columns)), None):
            _once(single, kind, path)
        elif miss := near_miss(path, header, {**_KINDS, **_SINGLE}):
            near.append(miss)
    refused: list[InputError] = []
    closed = read_each(loop_tables, read_closed_loop_runs, refused)
    runs = files.read(refused)
    refused += [miss for miss in near if miss.where not in {known.where for known in files.near}]
    if not runs:
        raise refused[0] if refused else no_runs(folder)
    warn_of_refused(refused)
    held = [path for path, _ in runs]
    used = sorted(
        [*single.values(), *(path for path, _ in closed), *(p for p in held if p.suffix == ".csv")]
    )
    used += sorted(folder.glob(f"{_REQUESTS}*.csv.gz"))
    used += sorted({*files.named} - {*used})
    used += [path for path in held if path.suffix != ".csv"]
    return Tables(
        tuple(run for _, of_file in runs for run in of_file),
        tuple(run for _, of_file in closed for run in of_file),
        kv_capacity=single.get("KV capacities"),
        adapter_load=single.get("adapter loads"),
        load_api=single.get("calls that load adapters"),
        swaps=single.get("swaps"),
        fingerprint=_digest(used),
        files=tuple(path.name for path in used),
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
