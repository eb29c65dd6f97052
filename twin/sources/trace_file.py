"""Request logs: when each request came, how long it was, and for which adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_name, to_number
from twin.sources.timestamps import SECONDS, TimeUnit, is_number, parse_times
from twin.sources.trace_rows import RowChunk, read_rows

__all__ = ["Trace", "TraceColumns", "read_trace"]

_MOST_TOKENS = 2**30
_KNOWN = {
    "timestamp": ("timestamp", "TIMESTAMP", "timestamp_s", "timestamp_ms"),
    "prompt_tokens": ("prompt_tokens", "ContextTokens", "input_length"),
    "output_tokens": ("output_tokens", "GeneratedTokens", "output_length"),
    "adapter": ("adapter",),
}  # names by which each column is recognized: this project's, Azure's, Mooncake's


@dataclass(frozen=True, slots=True)
class TraceColumns:
    """Names of the columns of a log; None for those that `read_trace` recognizes.

    Parameters
    ----------
    timestamp, prompt_tokens, output_tokens, adapter : str or None
        Names of the columns.
    time_unit : {"s", "ms", "us", "ns"} or None
        Unit of times that are numbers; None for milliseconds where the column is ``timestamp_ms``
        or stands beside Mooncake's ``input_length``, and seconds otherwise.

    Raises
    ------
    InputError
        If the unit is not known.
    """

    timestamp: str | None = None
    prompt_tokens: str | None = None
    output_tokens: str | None = None
    adapter: str | None = None
    time_unit: TimeUnit | None = None

    def __post_init__(self) -> None:
        if self.time_unit not in (None, *SECONDS):
            raise InputError("time_unit", f"{self.time_unit!r} is not known", ", ".join(SECONDS))


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests of a log in order of arrival.

    Parameters
    ----------
    times : ndarray of shape (n,)
        Seconds since the first request, sorted.
    prompt_tokens, output_tokens : ndarray of shape (n,)
        Lengths in tokens, each at least 1.
    adapter : ndarray of shape (n,) or None
        Index into ``names``; None where the log names no adapter.
    names : tuple of str
        Names of the adapters in order of appearance.
    """

    times: NDArray[np.float64]
    prompt_tokens: NDArray[np.int32]
    output_tokens: NDArray[np.int32]
    adapter: NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.times.size)

    @property
    def span(self) -> float:
        """Seconds that the requests stand for: the time between the first and the last, and one
        more mean gap."""
        return float(self.times[-1]) * len(self) / (len(self) - 1)

    @property
    def rate(self) -> float:
        """Mean rate in requests/s."""
        return len(self) / self.span


def read_trace(path: Path | str, columns: TraceColumns | None = None) -> Trace:
    """Read a request log.

    CSV files have a header; JSON Lines files (.jsonl, .ndjson, .json) an object in each line.
    Recognized as they come are the columns of Azure 2023 (``TIMESTAMP``, ``ContextTokens``,
    ``GeneratedTokens``), of Mooncake (``timestamp`` or ``timestamp_ms`` in milliseconds,
    ``input_length``, ``output_length``), and ``timestamp``, ``prompt_tokens``, ``output_tokens``
    and optionally ``adapter``. Other columns are ignored. Times are numbers, or dates such as
    ``2023-11-16 18:17:03.9799600``; the first one becomes 0.

    A length of 0 is read as 1: an engine computes at least one token of a prompt, and a request
    that was cut short before its first answer token still took the step that would have made it.

    Parameters
    ----------
    path : Path or str
        File that ends in .csv, .jsonl, .ndjson or .json.
    columns : TraceColumns or None
        Names of columns that are called otherwise.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value cannot be understood, times are
        not sorted, or the requests span no time.
    """
    where = str(path)
    columns = TraceColumns() if columns is None else columns
    header, chunks = read_rows(Path(path))
    named = {role: _find(where, role, getattr(columns, role), header) for role in _KNOWN}
    times: list[NDArray[np.float64] | NDArray[np.int64]] = []
    prompts, outputs, owners = [], [], []
    numbers_of: dict[str, int] = {}
    dates = False
    for chunk in chunks:
        stamps = _column(chunk, header, named["timestamp"])
        if not times:
            dates = not is_number(stamps[0])
        times.append(_times(f"{where}, row", named["timestamp"], chunk, stamps, dates))
        _check_sorted(where, named["timestamp"], chunk, stamps, times)
        prompts.append(_lengths(where, chunk, header, named["prompt_tokens"]))
        outputs.append(_lengths(where, chunk, header, named["output_tokens"]))
        if named["adapter"]:
            owners.append(_owners(where, chunk, header, named["adapter"], numbers_of))
    if not times:
        raise InputError(where, "it has no requests", "give at least two")
    absolute = np.concatenate(times)
    unit = columns.time_unit or _usual_unit(named)
    seconds = (absolute - absolute[0]) * SECONDS["ns" if dates else unit]
    if seconds[-1] <= 0:
        raise InputError(
            where, f"its {seconds.size} requests span no time", "two or more at different times"
        )
    return Trace(
        seconds,
        np.concatenate(prompts),
        np.concatenate(outputs),
        np.concatenate(owners) if owners else None,
        tuple(numbers_of),
    )


def _find(where: str, role: str, wanted: str | None, header: list[str]) -> str:
    """Name of the column that plays a role; empty where there is no adapter column."""
    names = _KNOWN[role] if wanted is None else (wanted,)
    found = [name for name in names if name in header]
    if found and header.count(found[0]) > 1:
        raise InputError(f"{where}, row 1", f"column {found[0]!r} appears twice", "rename one")
    if found or (role == "adapter" and wanted is None):
        return found[0] if found else ""
    raise InputError(
        f"{where}, row 1",
        f"there is no column {' or '.join(names)}; it has {', '.join(header)[:200]}",
        f"name the one that holds the {role.replace('_', ' ')}",
    )


def _column(chunk: RowChunk, header: list[str], name: str) -> list[object]:
    index = header.index(name)
    return [row[index] for row in chunk.rows]


def _usual_unit(named: dict[str, str]) -> TimeUnit:
    mooncake = named["prompt_tokens"] == "input_length" and named["timestamp"] == "timestamp"
    return "ms" if mooncake or named["timestamp"] == "timestamp_ms" else "s"


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
    times: Sequence[NDArray[np.float64] | NDArray[np.int64]],
) -> None:
    """Refuse the last chunk of times if one of them is earlier than the one before it."""
    before = times[-1][:1] if len(times) == 1 else times[-2][-1:]
    falls = np.flatnonzero(np.diff(times[-1], prepend=before) < 0)
    if falls.size:
        i = int(falls[0])
        raise InputError(
            f"{where}, row {chunk.numbers[i]}, {name}",
            f"{stamps[i]!r} is earlier than the row before",
            "sort the log by time",
        )


def _lengths(where: str, chunk: RowChunk, header: list[str], name: str) -> NDArray[np.int32]:
    values = _column(chunk, header, name)
    try:
        lengths = np.array(list(map(float, values)))  # type: ignore[arg-type]  # it raises
    except (TypeError, ValueError):
        lengths = np.full(len(values), np.nan)
    good = (lengths >= 0) & (lengths <= _MOST_TOKENS) & (np.rint(lengths) == lengths)
    if not np.all(good):
        accepted = f"a whole number of tokens from 0 to {_MOST_TOKENS}"
        for number, value in zip(chunk.numbers, values, strict=True):
            place = f"{where}, row {number}, {name}"
            tokens = to_number(place, value, accepted)
            if not (0 <= tokens <= _MOST_TOKENS and tokens.is_integer()):
                raise InputError(place, f"{value!r} is out of range", accepted)
    kept: NDArray[np.int32] = np.maximum(lengths, 1).astype(np.int32)
    return kept


def _owners(
    where: str, chunk: RowChunk, header: list[str], name: str, numbers_of: dict[str, int]
) -> NDArray[np.int32]:
    """Number of each row's adapter; new names are added."""
    values = _column(chunk, header, name)
    for number, value in zip(chunk.numbers, values, strict=True):
        if value not in numbers_of:
            to_name(f"{where}, row {number}, {name}", value)
            numbers_of[str(value)] = len(numbers_of)
    return np.array([numbers_of[str(value)] for value in values], np.int32)
