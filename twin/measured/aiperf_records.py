"""Records of aiperf: what it noted of each request, one in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twin.files.errors import InputError
from twin.files.field_value import to_name, to_number
from twin.measured.client_records import ClientRecord, ClientRecords, tokens_of

__all__ = ["aiperf_records", "is_aiperf"]

_WARM_UP, _PHASES = "warmup", ("warmup", "profiling")
_ADAPTER = "adapter"


def is_aiperf(data: object) -> bool:
    """Whether JSON data is a record of aiperf."""
    if not isinstance(data, Mapping):
        return False
    metadata = data.get("metadata")
    return isinstance(metadata, Mapping) and "request_start_ns" in metadata


def aiperf_records(where: str, entries: Sequence[tuple[str, object]]) -> ClientRecords:
    """Requests of a file of records, without those of the warm-up.

    aiperf does not say which adapter a request was for: a key ``adapter`` beside the others may.

    Parameters
    ----------
    where : str
        File for messages.
    entries : sequence of (str, object)
        Where each record stands, and the record.

    Raises
    ------
    InputError
        If a record lacks what a replay needs, or a value is not acceptable.
    """
    found: list[ClientRecord] = []
    cut: list[float] = []
    failed = 0
    for place, entry in entries:
        if not isinstance(entry, Mapping) or not is_aiperf(entry):
            raise InputError(place, "it is no record of aiperf", "metadata.request_start_ns")
        metadata = entry["metadata"]
        if _phase(place, metadata) == _WARM_UP:
            continue
        start = _seconds(place, metadata, "request_start_ns")
        if _was_cancelled(place, metadata):
            cut.append(start)
        elif entry.get("error") is not None:
            failed += 1
        else:
            found.append(_record(place, entry, start))
    return ClientRecords(where, sorted(found, key=lambda r: r.sent), failed, tuple(cut))


def _phase(place: str, metadata: Mapping[str, Any]) -> str:
    """Part of the benchmark that a record is of."""
    value = metadata.get("benchmark_phase")
    phase = "profiling" if value is None else str(value).strip().lower()
    if phase not in _PHASES:
        where = f"{place}, metadata.benchmark_phase"
        raise InputError(where, f"{value!r:.60} is not known", " or ".join(_PHASES))
    return phase


def _was_cancelled(place: str, metadata: Mapping[str, Any]) -> bool:
    value = metadata.get("was_cancelled")
    if value not in (None, True, False):
        raise InputError(f"{place}, metadata.was_cancelled", f"{value!r:.60}", "true or false")
    return bool(value)


def _record(place: str, entry: Mapping[str, Any], start: float) -> ClientRecord:
    wait = _metric(place, entry, "time_to_first_token", "ms")
    adapter = entry.get(_ADAPTER)
    record = ClientRecord(
        start,
        start + to_number(f"{place}, metrics.time_to_first_token", wait, "milliseconds") / 1e3,
        _seconds(place, entry["metadata"], "request_end_ns"),
        _tokens(place, entry, "input_sequence_length"),
        _tokens(place, entry, "output_sequence_length"),
        adapter if adapter in (None, "") else to_name(f"{place}, {_ADAPTER}", adapter),
    )
    record.check(place)
    return record


def _tokens(place: str, entry: Mapping[str, Any], name: str) -> int:
    return tokens_of(f"{place}, metrics.{name}", _metric(place, entry, name, "tokens"))


def _seconds(place: str, metadata: Mapping[str, Any], key: str) -> float:
    """A moment that is in nanoseconds since 1970."""
    if metadata.get(key) is None:
        raise InputError(f"{place}, metadata.{key}", "it is missing", "nanoseconds since 1970")
    return to_number(f"{place}, metadata.{key}", metadata[key], "nanoseconds since 1970") / 1e9


def _metric(place: str, entry: Mapping[str, Any], name: str, unit: str) -> object:
    """Value of a metric that has to be there, in this unit."""
    metrics = entry.get("metrics")
    metric = metrics.get(name) if isinstance(metrics, Mapping) else None
    where = f"{place}, metrics.{name}"
    if not isinstance(metric, Mapping) or metric.get("value") is None:
        raise InputError(where, "it is missing", "records of requests that were streamed")
    if metric.get("unit") != unit:
        raise InputError(where, f"its unit is {metric.get('unit')!r:.60}", unit)
    return metric["value"]
