"""Rows of a request log, from CSV or JSON, in chunks."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from twin.files.errors import InputError
from twin.files.input_file import input_lines, read_input, unknown_ending
from twin.sources.json_entries import CHUNK, JsonBatch, json_batches
from twin.sources.trace_columns import looks_meant

__all__ = ["RowChunk", "read_rows"]

_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)  # a line that spreadsheets write


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

    def column(self, header: list[str], name: str) -> list[object]:
        """Fields of one column."""
        index = header.index(name)
        return [row[index] for row in self.rows]


def read_rows(path: Path) -> tuple[list[str], Iterator[RowChunk]]:
    """Column names of a log, and its rows as they are asked for.

    Fields of CSV are separated by commas, semicolons, tabs or bars. JSON is what
    `twin.sources.json_entries.json_batches` takes; its columns are the keys of the first 65,536
    objects, and a key that an object lacks is None there. Empty lines are passed over.

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
        raise unknown_ending(path, ".csv or .jsonl")
    if suffix in (".csv", ".tsv"):
        return _csv_rows(where, input_lines(path))
    return _json_rows(where, json_batches(where, read_input(path)))


def _csv_rows(where: str, lines: Iterator[str]) -> tuple[list[str], Iterator[RowChunk]]:
    above, first, delimiter = _header_line(lines)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(iter(_next_rows(where, reader, 1)), [])]

    def chunks() -> Iterator[RowChunk]:
        start = above + 2
        while rows := _next_rows(where, reader, CHUNK):
            chunk = RowChunk(range(start, start + len(rows)), rows)
            start += len(rows)
            if set(map(len, rows)) != {len(header)}:
                chunk = _even(where, chunk, len(header))
            if chunk.rows:
                yield chunk

    return header, chunks()


def _header_line(lines: Iterator[str]) -> tuple[int, str, str]:
    """Lines above the header, the header, and what separates its names."""
    told = None
    for number, line in enumerate(lines):
        if said := _SEPARATOR.fullmatch(line.strip()):
            told = said[1]
        elif line.strip():
            return number, line, told or max(",;\t|", key=line.count)  # of equal ones the first
    return 0, "", ","


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


def _json_rows(where: str, batches: Iterator[JsonBatch]) -> tuple[list[str], Iterator[RowChunk]]:
    start = next(batches, JsonBatch([], []))
    header = list(dict.fromkeys(name for entry in start.entries for name in entry))
    known = set(header)
    if not header:
        raise InputError(
            where,
            "its objects hold nothing but lists and further objects",
            "a list of requests, each with its time and lengths",
        )

    def chunks() -> Iterator[RowChunk]:
        for numbers, entries in chain([start], batches):
            for number, entry in zip(numbers, entries, strict=True):
                if not known.issuperset(entry):
                    _refuse_late(f"{where}, row {number}", entry.keys() - known)
            if entries:
                yield RowChunk(numbers, [[e.get(name) for name in header] for e in entries])

    return header, chunks()


def _refuse_late(where: str, names: Collection[str]) -> None:
    """Refuse to pass over keys that look meant; others would have been ignored anyway."""
    for name in filter(looks_meant, sorted(names)):
        raise InputError(
            where,
            f"key {name!r} appears here for the first time",
            "write it in the first objects too, as null",
        )
