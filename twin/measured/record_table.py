"""Tables of records: which engine the requests were sent to that a client noted."""

from __future__ import annotations

from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.input_file import read_input
from twin.files.plain_data import parse_json
from twin.measured.aiperf_records import aiperf_records, is_aiperf
from twin.measured.client_records import ClientRecords
from twin.measured.guidellm_report import guidellm_records, is_guidellm
from twin.measured.recorded_run import recorded_run
from twin.measured.row_fields import RowFields
from twin.measured.run import MeasuredRun

__all__ = ["RECORD_COLUMNS", "named_files", "read_record_runs", "refuse_records"]

RECORD_COLUMNS = (
    "requests_file",
    "model",
    "vllm_version",
    "max_loras",
    "max_lora_rank",
    "max_num_seqs",
    "max_num_batched_tokens",
)
"""Columns that a table must have; `recorded_run` says which others are read."""

_FILE = RECORD_COLUMNS[0]


def named_files(path: Path) -> list[Path]:
    """Files of records that a table names.

    Raises
    ------
    InputError
        If the table cannot be read.
    """
    return [path.parent / row[_FILE] for _, row in csv_rows(path, RECORD_COLUMNS)]


def read_record_runs(path: Path | str) -> list[MeasuredRun]:
    """Runs whose requests a client noted, GuideLLM or aiperf, and a table says what served them.

    A report of GuideLLM is a run for each of its benchmarks.

    Raises
    ------
    InputError
        If a file cannot be read, lacks what a replay needs, or a value is not acceptable.
    """
    runs = [
        run
        for where, row in csv_rows(path, RECORD_COLUMNS)
        for run in _runs(RowFields(row, where), Path(path).parent)
    ]
    if not runs:
        raise InputError(str(path), "it has no run", "rows that name files of records")
    return runs


def refuse_records(where: str, data: object) -> None:
    """Refuse records where nothing says which engine they are of.

    Raises
    ------
    InputError
        If JSON data is a report of GuideLLM or a record of aiperf.
    """
    kind = "a GuideLLM report" if is_guidellm(data) else "records of aiperf"
    if is_guidellm(data) or is_aiperf(data):
        columns = ", ".join((*RECORD_COLUMNS, "adapter_rank_mix"))
        raise InputError(
            where,
            f"these are {kind}, which do not say what engine answered",
            f"name the file in a table (CSV) beside it with the columns {columns}",
        )


def _runs(fields: RowFields, folder: Path) -> list[MeasuredRun]:
    name = fields.text(_FILE).strip()
    if not name or Path(name).name != name:
        raise fields.error(_FILE, f"{name!r} is no name of a file beside the table")
    records = _records(folder / name)
    stem = fields.text("run_id") or Path(name).stem
    if len(records) == 1:
        return [recorded_run(fields, records[0], stem, folder)]
    return [
        recorded_run(fields, of_one, f"{stem}-{number}", folder)
        for number, of_one in enumerate(records, start=1)
    ]


def _records(path: Path) -> list[ClientRecords]:
    """What the client noted, of one run or several."""
    where, text = str(path), read_input(path)
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if lines[0][1].rstrip().endswith("}") and (len(lines) > 1 or "request_start_ns" in text):
        entries: list[tuple[str, object]] = []
        for number, line in lines:
            place = f"{where}, line {number}"
            entries.append((place, parse_json(line, place)))
        return [aiperf_records(where, entries)]
    data = parse_json(text, where)
    if is_guidellm(data):
        return guidellm_records(where, data)
    raise InputError(
        where,
        "it holds no requests that can be replayed",
        "a report of GuideLLM (JSON), or aiperf's profile_export.jsonl",
    )
