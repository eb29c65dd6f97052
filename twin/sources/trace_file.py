"""Request logs: when each request came, how long it was, and for which adapter."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.sources.failed_requests import find_failed
from twin.sources.time_unit import find_unit
from twin.sources.timestamps import SECONDS, TimeUnit, is_number, parse_times
from twin.sources.trace_columns import FoundColumns, TraceColumns, find_columns
from twin.sources.trace_rows import RowChunk, read_rows
from twin.workload.adapter_name import to_adapter_name

__all__ = ["Trace", "read_trace"]

_logger = logging.getLogger(__name__)

_MOST_TOKENS = 2**30


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
    num_failed : int
        Requests of the log that failed, which are left out.
    """

    times: NDArray[np.float64]
    prompt_tokens: NDArray[np.int32]
    output_tokens: NDArray[np.int32]
    adapter: NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()
    num_failed: int = 0

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

    def describe(self) -> str:
        """What it was read as: requests, span, mean rate, adapters and failures, in one line."""
        adapters = f", {len(self.names)} adapters" if self.names else ", which name no adapter"
        failed = f"; {self.num_failed} that failed are left out" if self.num_failed else ""
        span = self.span / 3600
        shown = f"{span:.3g} h" if span >= 1 else f"{self.span:.3g} s"
        return f"{len(self)} requests in {shown}, {self.rate:.3g} requests/s{adapters}{failed}"


def read_trace(path: Path | str, columns: TraceColumns | None = None) -> Trace:
    """Read a request log.

    CSV and TSV files have a header; JSON files (.jsonl, .ndjson, .json) an object in each line, or
    an array of objects. Recognized as they come are the columns of Azure, Mooncake, BurstGPT,
    aiperf and this project's own, see `twin.sources.trace_columns`; a column that may name
    adapters is asked about. Other columns are ignored. Times are dates such as
    ``2023-11-16 18:17:03.9799600`` or numbers, whose unit has to be certain; the first one
    becomes 0.

    Requests that failed are left out and counted: by a column that tells, and those without an
    output token. A prompt of 0 tokens is read as 1: an engine computes at least one.

    Parameters
    ----------
    path : Path or str
        File that ends in .csv, .tsv, .jsonl, .ndjson or .json.
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
    found = find_columns(where, header, columns)
    parts: list[_Part] = []
    numbers_of: dict[str, int] = {}
    for chunk in chunks:
        if not parts:
            _ask_about(where, chunk, header, found.doubtful)
        parts.append(_part(where, chunk, header, found, numbers_of, parts))
    if not parts:
        raise InputError(where, "it has no requests", "give at least two")
    good = ~np.concatenate([part.failed for part in parts])
    if not good.any():
        raise InputError(where, f"all of its {good.size} requests failed", "give at least two")
    absolute = np.concatenate([part.times for part in parts])
    dates = absolute.dtype == np.int64
    if absolute[good][-1] <= absolute[good][0]:
        raise InputError(
            where,
            f"its {np.count_nonzero(good)} requests span no time",
            "two or more at different times",
        )
    unit: TimeUnit = "ns"
    if not dates:
        unit = columns.time_unit or find_unit(
            where, found.timestamp, absolute.astype(np.float64), found.usual_unit
        )
    seconds = (absolute - absolute[0])[good] * SECONDS[unit]
    named = bool(found.adapter)
    owners = np.concatenate([part.adapter for part in parts])[good]
    trace = Trace(
        seconds - seconds[0],
        np.concatenate([part.prompt_tokens for part in parts])[good],
        np.concatenate([part.output_tokens for part in parts])[good],
        owners if named else None,
        tuple(numbers_of),
        int(np.count_nonzero(~good)),
    )
    _logger.info("%s: %s", where, trace.describe())
    return trace


class _Part(NamedTuple):
    """Requests of one chunk."""

    times: NDArray[np.float64] | NDArray[np.int64]
    prompt_tokens: NDArray[np.int32]
    output_tokens: NDArray[np.int32]
    adapter: NDArray[np.int32]
    failed: NDArray[np.bool_]


def _part(
    where: str,
    chunk: RowChunk,
    header: list[str],
    found: FoundColumns,
    numbers_of: dict[str, int],
    before: Sequence[_Part],
) -> _Part:
    """Read a chunk that follows others; adapters with new names are added."""
    stamps = _column(chunk, header, found.timestamp)
    dates = before[0].times.dtype == np.int64 if before else not is_number(stamps[0])
    times = _times(f"{where}, row", found.timestamp, chunk, stamps, dates)
    _check_sorted(where, found.timestamp, chunk, stamps, times, before)
    outputs = _lengths(where, chunk, header, found.output_tokens)
    failed = outputs == 0
    if found.status:
        values = _column(chunk, header, found.status)
        failed |= find_failed(where, found.status, chunk.numbers, values)
    owners = np.zeros(len(stamps), np.int32)
    if found.adapter:
        owners = _owners(where, chunk, header, found.adapter, numbers_of)
    prompts = np.maximum(_lengths(where, chunk, header, found.prompt_tokens), 1)
    return _Part(times, prompts, outputs, owners, failed)


def _ask_about(where: str, chunk: RowChunk, header: list[str], doubtful: Sequence[str]) -> None:
    """Refuse to pass over a column that may name adapters."""
    for name in doubtful:
        values = set(map(str, _column(chunk, header, name)))
        if len(values) > 1:
            raise InputError(
                f"{where}, row 1",
                f"column {name!r} may name adapters ({len(values)} different values)",
                f"say adapter={name}, or adapter=none to deal the requests "
                "(at the command line: workload.columns.adapter=...)",
            )


def _column(chunk: RowChunk, header: list[str], name: str) -> list[object]:
    index = header.index(name)
    return [row[index] for row in chunk.rows]


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
    before: Sequence[_Part],
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


def _lengths(where: str, chunk: RowChunk, header: list[str], name: str) -> NDArray[np.int32]:
    values = _column(chunk, header, name)
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
    where: str, chunk: RowChunk, header: list[str], name: str, numbers_of: dict[str, int]
) -> NDArray[np.int32]:
    """Number of each row's adapter; new names are added."""
    values = _column(chunk, header, name)
    named: dict[object, int] = {}
    for number, value in zip(chunk.numbers, values, strict=True):
        if value in named:
            continue
        place = f"{where}, row {number}, {name}"
        if value is None or not str(value).strip():
            raise InputError(
                place,
                "it is empty: a request for the base model, which is not simulated yet",
                "leave such rows out, or give them a name",
            )
        adapter = to_adapter_name(place, value)
        named[value] = numbers_of.setdefault(adapter, len(numbers_of))
    return np.array([named[value] for value in values], np.int32)
