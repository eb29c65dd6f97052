"""Requests of a log, chunk by chunk: from fields to times, lengths and adapters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_name, to_number
from twin.sources.failed_requests import find_failed
from twin.sources.timestamps import is_number, parse_times
from twin.sources.trace_columns import FoundColumns
from twin.sources.trace_rows import RowChunk

__all__ = ["Names", "TracePart", "join_parts", "read_part"]

_MOST_TOKENS = 2**30
_NO_ADAPTER = {"", "none", "null", "nan", "n/a", "-"}  # how a log says that there is none


class Names(NamedTuple):
    """Names of adapters: their numbers, and those that requests that failed were for."""

    numbers: dict[str, int]
    failed: set[str]


class TracePart(NamedTuple):
    """Some requests of a log, each array of shape (n,).

    Parameters
    ----------
    times : ndarray
        Nanoseconds since 1970 where they are dates, or numbers as they stand in the log.
    prompt_tokens, output_tokens : ndarray
        Lengths.
    adapter : ndarray
        Number of the adapter, -1 for the base model or where the request failed; 0 where the log
        names none.
    failed : ndarray
        Whether the request failed.
    """

    times: NDArray[np.float64] | NDArray[np.int64]
    prompt_tokens: NDArray[np.int32]
    output_tokens: NDArray[np.int32]
    adapter: NDArray[np.int32]
    failed: NDArray[np.bool_]


def join_parts(parts: Sequence[TracePart], in_order: bool) -> TracePart:
    """All requests; sorted by their times, where they do not stand in order."""
    arrays = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    if not in_order:
        order = np.argsort(arrays[0], kind="stable")
        arrays = [array[order] for array in arrays]
    return TracePart(*arrays)


def read_part(
    where: str,
    chunk: RowChunk,
    header: list[str],
    found: FoundColumns,
    names: Names,
    before: Sequence[TracePart],
) -> TracePart:
    """Read a chunk of rows.

    Parameters
    ----------
    where : str
        File for messages.
    chunk : RowChunk
    header : list of str
    found : FoundColumns
        Which column plays which role.
    names : Names
        New ones are added.
    before : sequence of TracePart
        Those that were read before, whose kind of times this one has to have.

    Raises
    ------
    InputError
        If a value cannot be understood, or times are not sorted where they have to be.
    """
    stamps = chunk.column(header, found.timestamp)
    dates = before[0].times.dtype == np.int64 if before else not is_number(stamps[0])
    times = _times(f"{where}, row", found.timestamp, chunk, stamps, dates)
    if not found.any_order:
        _check_sorted(where, found.timestamp, chunk, stamps, times, before)
    failed = np.zeros(len(stamps), np.bool_)
    if found.status:
        values = chunk.column(header, found.status)
        failed = find_failed(where, found.status, chunk.numbers, values)
    outputs = _lengths(where, chunk, header, found.output_tokens, failed)
    prompts = _lengths(where, chunk, header, found.prompt_tokens, failed)
    failed = failed | (outputs == 0)
    owners = np.zeros(len(stamps), np.int32)
    if found.adapter:
        owners = _owners(where, chunk, header, found.adapter, failed, names)
    return TracePart(times, prompts, outputs, owners, failed)


def _times(
    where: str, name: str, chunk: RowChunk, stamps: Sequence[object], dates: bool
) -> NDArray[np.float64] | NDArray[np.int64]:
    try:
        return parse_times(stamps, dates)
    except (TypeError, ValueError):
        accepted = "a date such as 2023-11-16 18:17:03.5" if dates else "a number, as before"
        for number, stamp in zip(chunk.numbers, stamps, strict=True):
            try:
                parse_times([stamp], dates)
            except (TypeError, ValueError):
                raise InputError(
                    f"{where} {number}, {name}", f"{stamp!r} is not a time", accepted
                ) from None
        raise InputError(
            f"{where} {chunk.numbers[0]}, {name}", "dates of several kinds follow", "give one kind"
        ) from None


def _check_sorted(
    where: str,
    name: str,
    chunk: RowChunk,
    stamps: Sequence[object],
    times: NDArray[np.float64] | NDArray[np.int64],
    before: Sequence[TracePart],
) -> None:
    """Refuse times one of which is earlier than the one before it."""
    last = before[-1].times[-1:] if before else times[:1]
    falls = np.flatnonzero(np.diff(times, prepend=last) < 0)
    if falls.size:
        i = int(falls[0])
        raise InputError(
            f"{where}, row {chunk.numbers[i]}, {name}",
            f"{stamps[i]!r} is earlier than the row before",
            "sort the log by time",
        )


def _lengths(
    where: str, chunk: RowChunk, header: list[str], name: str, failed: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Tokens of each request; 0 where a request that failed has none."""
    values = chunk.column(header, name)
    for index in np.flatnonzero(failed):
        if values[index] is None or values[index] == "":
            values[index] = 0
    try:
        lengths = np.array([np.nan if v is True or v is False else float(v) for v in values])  # type: ignore[arg-type]  # it raises
    except (TypeError, ValueError, OverflowError):
        lengths = np.full(len(values), np.nan)
    good = (lengths >= 0) & (lengths <= _MOST_TOKENS) & (np.rint(lengths) == lengths)
    if not np.all(good):
        accepted = f"a whole number of tokens from 0 to {_MOST_TOKENS}"
        for number, value in zip(chunk.numbers, values, strict=True):
            place = f"{where}, row {number}, {name}"
            tokens = to_number(place, value, accepted)
            if not (0 <= tokens <= _MOST_TOKENS and tokens.is_integer()):
                raise InputError(place, f"{value!r} is out of range", accepted)
    return lengths.astype(np.int32)


def _owners(
    where: str,
    chunk: RowChunk,
    header: list[str],
    name: str,
    failed: NDArray[np.bool_],
    names: Names,
) -> NDArray[np.int32]:
    """Number of each row's adapter, -1 for the base model or a failure; new names are added."""
    values = chunk.column(header, name)
    named: dict[object, int] = {}
    for number, value, lost in zip(chunk.numbers, values, failed, strict=True):
        if value in named and value is not True and value is not False:  # which equal 1 and 0
            continue
        place = f"{where}, row {number}, {name}"
        if lost:
            names.failed.add(str(value).strip())
            continue
        text = "" if value is None else str(value).strip()
        if text.lower() in _NO_ADAPTER:
            named[value] = -1
            continue
        named[value] = names.numbers.setdefault(to_name(place, value), len(names.numbers))
    return np.array(
        [-1 if lost else named[value] for value, lost in zip(values, failed, strict=True)],
        np.int32,
    )
