"""Reports of GuideLLM: what it noted of the requests of each of its benchmarks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.measured.client_records import ClientRecord, ClientRecords, tokens_of

__all__ = ["guidellm_records", "is_guidellm"]

_BY_ANSWERS = {"synchronous", "concurrent"}  # strategies that wait for answers
_STREAMING = "a report of requests that were streamed"


def is_guidellm(data: object) -> bool:
    """Whether JSON data is a report of GuideLLM."""
    return isinstance(data, Mapping) and isinstance(data.get("benchmarks"), list)


def guidellm_records(where: str, report: Mapping[str, Any]) -> list[ClientRecords]:
    """Requests of each benchmark of a report.

    Raises
    ------
    InputError
        If a benchmark holds no requests or only a sample of them, its client held requests back,
        or one lacks what a replay needs.
    """
    benchmarks = report["benchmarks"]
    if not benchmarks:
        raise InputError(where, "this is a GuideLLM report without benchmarks")
    if len(benchmarks) == 1:
        return [_benchmark(where, benchmarks[0])]
    return [_benchmark(f"{where}, benchmark {n}", b) for n, b in enumerate(benchmarks, start=1)]


def _benchmark(where: str, data: object) -> ClientRecords:
    requests = data.get("requests") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(requests, Mapping):
        raise InputError(where, "it has no requests", "a report that keeps all of them")
    answered, errored, cut = (
        _entries(where, requests, kind) for kind in ("successful", "errored", "incomplete")
    )
    _check_all(where, data, len(answered) + len(errored) + len(cut))
    found = [_record(f"{where}, request {n}", entry) for n, entry in enumerate(answered, start=1)]
    cut_at = [_time(f"{where}, request cut off", entry, "request_start_time") for entry in cut]
    records = sorted(found, key=lambda record: record.sent)
    return ClientRecords(where, records, len(errored), tuple(cut_at), _streams(where, data))


def _entries(where: str, requests: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    entries = requests.get(kind) or []
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        raise InputError(f"{where}, requests.{kind}", "it is no list of objects")
    return entries


def _check_all(where: str, data: Mapping[str, Any], number: int) -> None:
    """Refuse a report that kept only some of the requests."""
    made = _within(data, "scheduler_metrics", "requests_made", "total")
    if isinstance(made, int) and made > number:
        problem = f"{number} of {made} requests are in it"
        raise InputError(where, problem, "a report of all of them (its sample_size)")


def _record(where: str, entry: Mapping[str, Any]) -> ClientRecord:
    sent = _time(where, entry, "request_start_time")
    place = f"{where}, time_to_first_token_ms"
    wait = entry.get("time_to_first_token_ms")
    if wait is None:
        raise InputError(place, "it is missing", _STREAMING)
    record = ClientRecord(
        sent,
        sent + to_number(place, wait, "milliseconds") / 1e3,
        _time(where, entry, "request_end_time"),
        tokens_of(f"{where}, prompt_tokens", entry.get("prompt_tokens")),
        tokens_of(f"{where}, output_tokens", entry.get("output_tokens")),
        _model(entry.get("request_args")),
    )
    record.check(where)
    return record


def _time(where: str, entry: Mapping[str, Any], key: str) -> float:
    if entry.get(key) is None:
        raise InputError(f"{where}, {key}", "it is missing", "seconds since 1970")
    return to_number(f"{where}, {key}", entry[key], "seconds since 1970")


def _model(arguments: object) -> str | None:
    """What a request was sent to, by its own arguments; None where they were not kept."""
    if not isinstance(arguments, str):
        return None
    try:
        model = _within(json.loads(arguments), "body", "model")
    except (ValueError, RecursionError):
        return None
    return model.strip() if isinstance(model, str) and model.isprintable() else None


def _streams(where: str, data: Mapping[str, Any]) -> int | None:
    """Requests that the client kept open."""
    strategy = _within(data, "config", "strategy")
    kind = strategy.get("type_") if isinstance(strategy, Mapping) else None
    if not isinstance(strategy, Mapping) or not isinstance(kind, str):
        return None
    if kind in _BY_ANSWERS:
        streams = 1 if kind == "synchronous" else strategy.get("streams")
        if not isinstance(streams, int) or streams < 1:
            place = f"{where}, config.strategy.streams"
            raise InputError(place, f"{streams!r} is no number of streams", "1 or more")
        return streams
    if strategy.get("max_concurrency") is not None:
        return None  # it may have held requests back, or not: what it did tells
    return 0


def _within(data: object, *keys: str) -> Any:
    """A value within objects; None where one of them is not there."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data
