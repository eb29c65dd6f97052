"""Rows of a request log, from CSV or JSON Lines, in chunks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from twin.files.errors import InputError
from twin.files.input_file import input_lines

__all__ = ["RowChunk", "read_rows"]

_CHUNK = 65_536  # rows that are handled at once


class RowChunk(NamedTuple):
    """Consecutive rows of a file.

    Parameters
    ----------
    numbers : sequence of int
        Number of each row in the file; that of the first line is 1.
    rows : list of sequences
        Fields of each row, as many as the header has.
    """

    numbers: Sequence[int]
    rows: Sequence[Sequence[object]]


def read_rows(path: Path) -> tuple[list[str], Iterator[RowChunk]]:
    """Column names of a log, and its rows as they are asked for.

    Empty lines are passed over. The columns of JSON Lines are the keys of the first object; a key
    that another object lacks is None there.

    Parameters
    ----------
    path : Path
        File that ends in .csv, .jsonl, .ndjson or .json.

    Raises
    ------
    InputError
        If the file or one of its rows cannot be read.
    """
    suffix, where = path.suffix.lower(), str(path)
    if suffix not in (".csv", ".jsonl", ".ndjson", ".json"):
        raise InputError(where, f"ending {path.suffix!r} is not known", ".csv or .jsonl")
    lines = input_lines(path)
    return _csv_rows(where, lines) if suffix == ".csv" else _json_rows(where, lines)


def _csv_rows(where: str, lines: Iterator[str]) -> tuple[list[str], Iterator[RowChunk]]:
    reader = csv.reader(lines)
    header = [name.strip() for name in next(iter(_next_rows(where, reader, 1)), [])]

    def chunks() -> Iterator[RowChunk]:
        start = 2
        while rows := _next_rows(where, reader, _CHUNK):
            chunk = RowChunk(range(start, start + len(rows)), rows)
            start += len(rows)
            if set(map(len, rows)) != {len(header)}:
                chunk = _even(where, chunk, len(header))
            if chunk.rows:
                yield chunk

    return header, chunks()


def _next_rows(where: str, reader: Iterator[list[str]], count: int) -> list[list[str]]:
    try:
        return list(islice(reader, count))
    except csv.Error as error:
        raise InputError(where, f"it is not CSV ({error})") from None


def _even(where: str, chunk: RowChunk, width: int) -> RowChunk:
    """The chunk without empty rows."""
    kept = [(number, row) for number, row in zip(*chunk, strict=True) if row]
    for number, row in kept:
        if len(row) != width:
            raise InputError(
                f"{where}, row {number}",
                f"it has {len(row)} fields",
                f"{width}, as the header has",
            )
    return RowChunk([number for number, _ in kept], [row for _, row in kept])


def _json_rows(where: str, lines: Iterator[str]) -> tuple[list[str], Iterator[RowChunk]]:
    numbered = enumerate(lines, 1)
    position, first = next((n, line) for n, line in numbered if line.strip())
    entry = _json_object(f"{where}, row {position}", first)
    header = [name for name, value in entry.items() if not isinstance(value, (list, dict))]

    def chunks() -> Iterator[RowChunk]:
        batch = [(position, first), *islice(numbered, _CHUNK)]
        while batch:
            numbers = [number for number, line in batch if line.strip()]
            entries = _json_objects(where, numbers, [line for _, line in batch if line.strip()])
            if entries:
                yield RowChunk(numbers, [[e.get(name) for name in header] for e in entries])
            batch = list(islice(numbered, _CHUNK))

    return header, chunks()


def _json_objects(
    where: str, numbers: Sequence[int], lines: Sequence[str]
) -> list[dict[str, object]]:
    """Objects of many lines; decoded at once unless one of them is wrong."""
    try:
        entries: list[dict[str, object]] = json.loads(f"[{','.join(lines)}]")
    except (json.JSONDecodeError, RecursionError):
        entries = []
    if len(entries) == len(lines) and all(type(entry) is dict for entry in entries):
        return entries
    return [
        _json_object(f"{where}, row {number}", line)
        for number, line in zip(numbers, lines, strict=True)
    ]


def _json_object(where: str, line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(where, f"it is not JSON ({error})", "one object in each line") from None
    if not isinstance(entry, dict):
        raise InputError(where, f"{entry!r:.60} is no object", '{"timestamp": 0, ...}')
    return entry
