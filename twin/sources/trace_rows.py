"""Rows of a request log, from CSV or JSON Lines, in chunks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, TypeGuard

from twin.files.errors import InputError
from twin.files.input_file import input_lines

__all__ = ["RowChunk", "read_rows"]

_CHUNK = 65_536  # rows that are handled at once
_WITHOUT_TIMES = {
    "conversations": "ShareGPT: it has no times",
    "conversation": "a set of conversations: it has no times",
    "messages": "a set of conversations: it has no times",
    "benchmarks": "a GuideLLM report: its requests are not read as a log",
}  # by a key that holds a list


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

    Fields of CSV are separated by commas, semicolons or tabs. JSON is an object in each line, or
    an array of objects; its columns are the keys of the first 65,536 objects, and a key that an
    object lacks is None there. Objects within objects are columns with dots in their names. Empty
    lines are passed over.

    Parameters
    ----------
    path : Path
        File that ends in .csv, .tsv, .jsonl, .ndjson or .json.

    Raises
    ------
    InputError
        If the file or one of its rows cannot be read, or it is of a known kind without times.
    """
    suffix, where = path.suffix.lower(), str(path)
    if suffix not in (".csv", ".tsv", ".jsonl", ".ndjson", ".json"):
        raise InputError(where, f"ending {path.suffix!r} is not known", ".csv or .jsonl")
    lines = input_lines(path)
    return _csv_rows(where, lines) if suffix in (".csv", ".tsv") else _json_rows(where, lines)


def _csv_rows(where: str, lines: Iterator[str]) -> tuple[list[str], Iterator[RowChunk]]:
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)  # of equal ones the first
    reader = csv.reader(chain([first], lines), delimiter=delimiter)
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
    seen = []
    for line in lines:  # which are not all blank, or the file would count as empty
        seen.append(line)
        if line.strip():
            break
    lines = chain(seen, lines)
    array = seen[-1].lstrip().startswith("[")
    batches = _array(where, lines) if array else _objects(where, lines)
    start = next(batches, ([], []))
    header = list(dict.fromkeys(name for entry in start[1] for name in entry))
    known = set(header)

    def chunks() -> Iterator[RowChunk]:
        for numbers, entries in chain([start], batches):
            for number, entry in zip(numbers, entries, strict=True):
                if not known.issuperset(entry):
                    new = next(name for name in entry if name not in known)
                    raise InputError(
                        f"{where}, row {number}", f"key {new!r} appears here for the first time"
                    )
            yield RowChunk(numbers, [[e.get(name) for name in header] for e in entries])

    return header, chunks()


_Batch = tuple[list[int], list[dict[str, object]]]


def _objects(where: str, lines: Iterator[str]) -> Iterator[_Batch]:
    """Objects of JSON Lines with the numbers of their lines."""
    numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
    while batch := list(islice(numbered, _CHUNK)):
        numbers = [number for number, _ in batch]
        entries = _json_objects(where, numbers, [line for _, line in batch])
        yield numbers, [_flat(where, entry) for entry in entries]


def _array(where: str, lines: Iterator[str]) -> Iterator[_Batch]:
    """Objects of a JSON array with their positions."""
    try:
        entries = json.loads("".join(lines))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(where, f"it is not JSON ({error})", "an array of objects") from None
    for start in range(0, len(entries), _CHUNK):
        part = entries[start : start + _CHUNK]
        numbers = list(range(start + 1, start + 1 + len(part)))
        for number, entry in zip(numbers, part, strict=True):
            if not isinstance(entry, dict):
                raise InputError(
                    f"{where}, entry {number}", f"{entry!r:.60} is no object", "objects only"
                )
        yield numbers, [_flat(where, entry) for entry in part]


def _flat(where: str, entry: dict[str, object]) -> dict[str, object]:
    """An object with those within it as keys with dots; lists are left out.

    Raises
    ------
    InputError
        If it is of a kind that has no times.
    """
    for key, kind in _WITHOUT_TIMES.items():
        if isinstance(entry.get(key), list):
            raise InputError(where, f"this is {kind}", "a log with times and lengths")
    flat: dict[str, object] = {}
    for name, value in entry.items():
        if name == "error":  # whatever it is: there is one, or there is none
            flat[name] = None if value is None else str(value)
        elif isinstance(value, dict):
            inner = {key: v for key, v in value.items() if not isinstance(v, (list, dict))}
            flat.update({f"{name}.{key}": v for key, v in inner.items()})
            deeper = {k: v["value"] for k, v in value.items() if _is_metric(v)}
            flat.update({f"{name}.{key}.value": v for key, v in deeper.items()})
        elif not isinstance(value, list):
            flat[name] = value
    return flat


def _is_metric(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a value is a figure with its unit."""
    return isinstance(value, dict) and "value" in value and not isinstance(value["value"], list)


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
