"""Objects of a request log in JSON: lines, an array, or a report of a benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from twin.files.errors import InputError
from twin.files.json_objects import JsonError, decode_json
from twin.sources.listed_requests import listed_requests
from twin.sources.trace_columns import is_request, looks_meant

__all__ = ["CHUNK", "JsonBatch", "json_batches"]

CHUNK = 65_536
"""Rows that are handled at once."""

_DEEPEST = 4  # objects within each other whose keys may be columns
_WITHOUT_TIMES = {
    "conversations": "ShareGPT: it has no times",
    "conversation": "a set of conversations: it lacks times or lengths in tokens",
    "messages": "a set of conversations: it lacks times or lengths in tokens",
}  # by a key that holds a list
_OUTCOMES = ("successful", "errored", "incomplete")
_STARTS = ("request_start_time", "start_time", "info.timings.request_start")  # GuideLLM's


class JsonBatch(NamedTuple):
    """Consecutive objects, flat, and the number of each in the file."""

    numbers: Sequence[int]
    entries: Sequence[dict[str, object]]


def json_batches(where: str, text: str) -> Iterator[JsonBatch]:
    """Objects of a log, each as a flat mapping.

    Objects within objects are keys with dots; lists are left out.

    Parameters
    ----------
    where : str
        File for messages.
    text : str
        An object in each line, an array of objects, an object that holds one such list, or a
        report of GuideLLM.

    Raises
    ------
    InputError
        While it is iterated over: if it is not JSON, or of a known kind without times.
    """
    entries = _whole(where, text)
    yield from _lines(where, text) if entries is None else _batches(where, entries)


def _whole(where: str, text: str) -> Sequence[object] | None:
    """Entries of a text that is one array or one object; None where each line is an object."""
    start = text.lstrip()
    first, _, rest = start.partition("\n")
    if start[0] != "[" and first.rstrip().endswith("}") and rest.strip():
        return None
    whole = _decoded(where, text, "one object in each line, or one array of objects")
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, dict):
        raise InputError(where, f"{whole!r:.60} is no object", '{"timestamp": 0, ...}')
    _refuse_conversations(where, whole)
    if isinstance(whole.get("benchmarks"), list):
        return _guidellm(where, whole["benchmarks"])
    return listed_requests(where, whole)


def _lines(where: str, text: str) -> Iterator[JsonBatch]:
    """Objects of JSON Lines with the numbers of their lines."""
    numbered = ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    while batch := list(islice(numbered, CHUNK)):
        numbers = [number for number, _ in batch]
        entries = _json_objects(where, numbers, [line for _, line in batch])
        yield JsonBatch(numbers, [_flat(where, entry) for entry in entries])


def _batches(where: str, entries: Sequence[object]) -> Iterator[JsonBatch]:
    for start in range(0, len(entries), CHUNK):
        part = entries[start : start + CHUNK]
        numbers = range(start + 1, start + 1 + len(part))
        flat = []
        for number, entry in zip(numbers, part, strict=True):
            if not isinstance(entry, dict):
                raise InputError(
                    f"{where}, entry {number}", f"{entry!r:.60} is no object", "objects only"
                )
            flat.append(_flat(where, entry))
        yield JsonBatch(numbers, flat)


def _guidellm(where: str, benchmarks: Sequence[Any]) -> list[dict[str, object]]:
    """Requests of the only benchmark of a report, by their start, with their status."""
    if len(benchmarks) > 1:
        raise InputError(
            where,
            f"this is a GuideLLM report of {len(benchmarks)} benchmarks, each with a rate of its "
            "own",
            "a report of one",
        )
    requests = benchmarks[0].get("requests") if _is_object(benchmarks[:1]) else None
    found: list[dict[str, object]] = []
    if isinstance(requests, Mapping):
        for outcome in _OUTCOMES:
            for entry in requests.get(outcome) or []:
                if not isinstance(entry, dict):
                    raise InputError(where, f"{entry!r:.60} is no request", "objects only")
                rest = {key: value for key, value in entry.items() if key != "error"}
                found.append(_flat(where, rest) | {"status": outcome})
    if not found:
        raise InputError(where, "this is a GuideLLM report without requests", "one that has them")
    return sorted(found, key=_start)


def _is_object(values: Sequence[object]) -> bool:
    return bool(values) and isinstance(values[0], Mapping)


def _start(entry: Mapping[str, object]) -> float:
    values = (entry.get(name) for name in _STARTS)
    return next((float(v) for v in values if isinstance(v, float)), 0.0)


def _flat(where: str, entry: Mapping[str, object]) -> dict[str, object]:
    """An object with those within it as keys with dots; lists are left out.

    Raises
    ------
    InputError
        If it is of a kind that has no times, or a list is where a column is looked for.
    """
    _refuse_conversations(where, entry)
    flat: dict[str, object] = {}
    _flatten(where, entry, "", 1, flat)
    return flat


def _refuse_conversations(where: str, entry: Mapping[str, object]) -> None:
    for key, kind in _WITHOUT_TIMES.items():
        if isinstance(entry.get(key), list):
            flat: dict[str, object] = {}
            _flatten(where, entry, "", 1, flat)
            if is_request(flat):
                return
            raise InputError(where, f"this is {kind}", "a log with times and lengths")


def _flatten(
    where: str, entry: Mapping[str, object], prefix: str, depth: int, flat: dict[str, object]
) -> None:
    for name, value in entry.items():
        key = f"{prefix}{name}"
        if key == "error":  # whatever it is: there is one, or there is none
            flat[key] = None if value is None else str(value)
        elif isinstance(value, dict):
            if depth < _DEEPEST:
                _flatten(where, value, f"{key}.", depth + 1, flat)
        elif not isinstance(value, list):
            flat[key] = value
        elif looks_meant(key):
            raise InputError(f"{where}, key {key}", f"it is a list, {value!r:.60}", "one value")


def _json_objects(
    where: str, numbers: Sequence[int], lines: Sequence[str]
) -> list[dict[str, object]]:
    """Objects of many lines; decoded at once unless one of them is wrong."""
    try:
        entries: list[dict[str, object]] = decode_json(f"[{','.join(lines)}]")
    except JsonError:
        entries = []
    if len(entries) == len(lines) and all(type(entry) is dict for entry in entries):
        return entries
    return [
        _json_object(f"{where}, row {number}", line)
        for number, line in zip(numbers, lines, strict=True)
    ]


def _json_object(where: str, line: str) -> dict[str, object]:
    entry = _decoded(where, line, "one object in each line")
    if not isinstance(entry, dict):
        raise InputError(where, f"{entry!r:.60} is no object", '{"timestamp": 0, ...}')
    return entry


def _decoded(where: str, text: str, accepted: str) -> Any:
    try:
        return decode_json(text)
    except JsonError as error:
        raise InputError(where, str(error), accepted) from None
