"""Request logs: when each request came, how long it was, and for which adapter."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.sources.passed_over import ask_about_names, ask_about_values, tell_passed_over
from twin.sources.time_unit import find_unit
from twin.sources.timestamps import SECONDS, TimeUnit
from twin.sources.trace_columns import NO_COLUMN, TraceColumns, find_columns
from twin.sources.trace_doubts import warn_of_empty, warn_of_rate, warn_of_steps
from twin.sources.trace_part import Names, TracePart, join_parts, read_part
from twin.sources.trace_rows import read_rows

__all__ = ["Trace", "read_trace"]

_logger = logging.getLogger(__name__)

_MOST_SHOWN = 200  # characters of names


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
        Index into ``names``, -1 for requests for the base model; None where no column names
        adapters.
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
    def num_base(self) -> int:
        """Requests for the base model, where a column names adapters."""
        return 0 if self.adapter is None else int(np.count_nonzero(self.adapter < 0))

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
        adapters = ", which name no adapter"
        if self.adapter is not None:
            adapters = f", {len(self.names)} adapters"
            if self.num_base:
                adapters += f" and {self.num_base} requests for the base model"
        failed = f"; {self.num_failed} that failed are left out" if self.num_failed else ""
        span = self.span / 3600
        shown = f"{span:.3g} h" if span >= 1 else f"{self.span:.3g} s"
        return f"{len(self)} requests in {shown}, {self.rate:.3g} requests/s{adapters}{failed}"


def read_trace(path: Path | str, columns: TraceColumns | None = None) -> Trace:
    """Read a request log.

    CSV and TSV files have a header; JSON files (.jsonl, .ndjson, .json) an object in each line, or
    an array of objects. Recognized as they come are the columns of Azure, Mooncake, BurstGPT,
    aiperf and this project's own, see `twin.sources.trace_columns`, and reports of GuideLLM; a
    column that may name adapters or tell failures is asked about. Other columns are ignored.
    Times are dates such as ``2023-11-16 18:17:03.9799600`` or numbers, whose unit has to be
    certain; the first one becomes 0.

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
    names = Names({}, set())
    parts: list[TracePart] = []
    for chunk in chunks:
        ask_about_values(where, chunk, header, found, columns)
        parts.append(read_part(where, chunk, header, found, names, parts))
    if not parts:
        raise InputError(where, "it has no requests", "give at least two")
    whole = join_parts(parts, in_order=not found.any_order)
    good, absolute = ~whole.failed, whole.times
    if not good.any():
        raise InputError(where, f"all of its {good.size} requests failed", "give at least two")
    if absolute[good][-1] <= absolute[good][0]:
        raise InputError(
            where,
            f"its {np.count_nonzero(good)} requests span no time",
            "two or more at different times",
        )
    unit: TimeUnit = "ns"
    is_number = absolute.dtype != np.int64
    if is_number:
        times = absolute.astype(np.float64)
        unit = columns.time_unit or find_unit(where, found.timestamp, times, found.usual_unit)
    seconds = (absolute - absolute[0])[good] * SECONDS[unit]
    owners, known = whole.adapter[good], tuple(names.numbers)
    if columns.base_model is None and found.adapter:
        ask_about_names(where, found.adapter, known)
    elif columns.base_model not in (None, NO_COLUMN):
        owners, known = _without_base(where, found.adapter, columns.base_model, owners, known)
    prompts = whole.prompt_tokens[good]
    trace = Trace(
        seconds - seconds[0],
        np.maximum(prompts, 1),
        whole.output_tokens[good],
        owners if found.adapter else None,
        known,
        int(np.count_nonzero(~good)),
    )
    _logger.info("%s: %s", where, trace.describe())
    tell_passed_over(where, header, found)
    warn_of_empty(f"{where}, {found.prompt_tokens}", prompts)
    warn_of_steps(f"{where}, {found.timestamp}", trace.times)
    if is_number and columns.time_unit is None:
        tokens = trace.prompt_tokens.mean() + trace.output_tokens.mean()
        warn_of_rate(f"{where}, {found.timestamp}", trace.rate, trace.rate * float(tokens))
    if lost := sorted(names.failed - names.numbers.keys()):
        _logger.info("%s: all requests of %s failed", where, ", ".join(lost)[:_MOST_SHOWN])
    return trace


def _without_base(
    where: str, column: str, base: str, owners: NDArray[np.int32], names: tuple[str, ...]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Adapters and their names without one that is the base model's own.

    Raises
    ------
    InputError
        If no column names adapters, or it does not have that name.
    """
    if not column:
        raise InputError(
            "base_model", f"{where} has no column that names adapters", "leave base_model out"
        )
    if base not in names:
        shown = ", ".join(names)[:_MOST_SHOWN]
        raise InputError("base_model", f"column {column!r} has no {base!r}", f"one of {shown}")
    number = names.index(base)
    renumbered = np.where(owners == number, -1, owners - (owners > number))
    return renumbered.astype(np.int32), (*names[:number], *names[number + 1 :])
