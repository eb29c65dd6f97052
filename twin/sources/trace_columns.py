"""Columns of a request log: which one plays which role, told by their names, else asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from twin.files.errors import InputError
from twin.sources.timestamps import SECONDS, TimeUnit

__all__ = [
    "NO_COLUMN",
    "FoundColumns",
    "TraceColumns",
    "find_columns",
    "is_request",
    "looks_meant",
]

NO_COLUMN = "none"
"""In place of a column's name: the log has none that plays the role."""

_KNOWN = {
    "timestamp": (
        *("timestamp", "arrival_time", "arrival_timestamp", "arrived_at", "arrival"),
        *("request_time", "start_time", "time", "created_at", "request_start_time", "created"),
        *("metadata.request_start", "info.timings.request_start"),
    ),
    "prompt_tokens": (
        *("prompt_tokens", "contexttokens", "context_tokens", "input_length", "input_tokens"),
        *("request_tokens", "prompt_len", "num_prompt_tokens", "prompt_length"),
        *("num_input_tokens", "usage.prompt_tokens", "metrics.input_sequence_length.value"),
    ),
    "output_tokens": (
        *("output_tokens", "generatedtokens", "generated_tokens", "output_length"),
        *("response_tokens", "completion_tokens", "num_output_tokens", "output_len"),
        *("usage.completion_tokens", "metrics.output_sequence_length.value"),
    ),
    "adapter": (
        *("adapter", "adapter_name", "adapter_id", "lora", "lora_name", "lora_id"),
        *("lora_adapter", "lora_adapter_name", "lora_adapter_id"),
    ),
    "status": (
        *("status", "status_code", "http_status", "http_status_code", "response_code"),
        *("error", "success"),
    ),
}  # names by which each column is recognized, however they are written; times also with a unit
_OPTIONAL = ("adapter", "status")
_ADAPTERS = re.compile(
    r"adapter|lora|peft|model|tenant|customer|variant|fine_?tune|deployment|checkpoint|engine"
    r"|expert|persona|skill"
)  # may name adapters
_FAILURES = re.compile(
    r"status|error|fail|succe|exception|outcome|finish_?reason|abort|cancel|reject|timed?_?out"
    r"|(exit|return)_?code"
    r"|^(ok|state|result|valid|completed|finished|dropped)$"
)  # may tell failures
_UNIT = re.compile(r"_\(?(s|sec|seconds|ms|milliseconds|us|microseconds|ns|nanoseconds)\)?$")
_AIPERF_START = "metadata.request_start_ns"
_BURSTGPT = {"timestamp", "model", "request_tokens", "response_tokens", "log_type"}
_MOONCAKE = {"timestamp", "input_length", "output_length"}
_MOST_SHOWN = 200  # characters of a header


@dataclass(frozen=True, slots=True)
class TraceColumns:
    """Names of the columns of a log; None for those that `read_trace` recognizes.

    Parameters
    ----------
    timestamp, prompt_tokens, output_tokens : str or None
        Names of the columns.
    adapter : str or None
        The column that names each request's adapter; ``none`` where no column does.
    status : str or None
        The column that tells requests that failed: a status code, an error, or whether it was a
        success; ``none`` where no column does.
    base_model : str or None
        Name by which that column calls the base model, where it names it as it does adapters;
        ``none`` where no name is the base model's.
    time_unit : {"s", "ms", "us", "ns"} or None
        Unit of times that are numbers; None where it is certain, see
        `twin.sources.time_unit.find_unit`.

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
    status: str | None = None
    base_model: str | None = None

    def __post_init__(self) -> None:
        if self.time_unit not in (None, *SECONDS):
            raise InputError("time_unit", f"{self.time_unit!r} is not known", ", ".join(SECONDS))


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """Names of the columns of one log.

    Parameters
    ----------
    timestamp, prompt_tokens, output_tokens : str
    adapter, status : str
        Empty where the log has none.
    doubtful : tuple of str
        Columns that may name adapters, where none is known to.
    doubtful_status : tuple of str
        Columns that may tell requests that failed, where none is known to.
    usual_unit : {"s", "ms"} or None
        Unit of the format, where it is known: BurstGPT's is seconds, Mooncake's milliseconds.
    any_order : bool
        Whether requests stand in any order by the format: aiperf writes them as they end.
    """

    timestamp: str
    prompt_tokens: str
    output_tokens: str
    adapter: str
    status: str
    doubtful: tuple[str, ...]
    doubtful_status: tuple[str, ...]
    usual_unit: TimeUnit | None
    any_order: bool


def find_columns(where: str, header: Sequence[str], wanted: TraceColumns) -> FoundColumns:
    """Find out which column plays which role.

    Parameters
    ----------
    where : str
        File, for the message.
    header : sequence of str
    wanted : TraceColumns
        What the user says of them.

    Raises
    ------
    InputError
        If a column is missing, several may be meant, or one appears twice.
    """
    plain = [_plain(name) for name in header]
    found = {role: _find(where, role, getattr(wanted, role), header, plain) for role in _KNOWN}
    burstgpt = set(plain) >= _BURSTGPT  # its model is the one that answered, no adapter
    others = [
        (name, known)
        for name, known in zip(header, plain, strict=True)
        if name not in found.values() and not burstgpt
    ]

    def doubtful(role: str, meant: re.Pattern[str]) -> tuple[str, ...]:
        if found[role] or getattr(wanted, role):
            return ()
        return tuple(name for name, known in others if meant.search(known))

    return FoundColumns(
        **found,
        doubtful=doubtful("adapter", _ADAPTERS),
        doubtful_status=doubtful("status", _FAILURES),
        usual_unit="s" if burstgpt else "ms" if set(plain) >= _MOONCAKE else None,
        any_order=found["timestamp"] == _AIPERF_START,
    )


def _find(
    where: str, role: str, wanted: str | None, header: Sequence[str], plain: Sequence[str]
) -> str:
    """Name of the column that plays a role; empty where there is none, and need not be."""
    optional = role in _OPTIONAL
    if optional and wanted == NO_COLUMN:
        return ""
    if wanted is None:
        found = [name for name, known in zip(header, plain, strict=True) if _plays(known, role)]
    else:
        found = [name for name in header if name == wanted]
    if len(set(found)) > 1:
        raise InputError(
            f"{where}, row 1",
            f"columns {' and '.join(found)} may both hold the {_words(role)}",
            f"say which: {role}=NAME (at the command line: workload.columns.{role}=...)",
        )
    if len(found) > 1:
        raise InputError(f"{where}, row 1", f"column {found[0]!r} appears twice", "rename one")
    if found or (optional and wanted is None):
        return found[0] if found else ""
    names = _KNOWN[role][:4] if wanted is None else (wanted,)
    raise InputError(
        f"{where}, row 1",
        f"there is no column {' or '.join(names)}; it has {_shown(header)}",
        f"name the one that holds the {_words(role)}: {role}=NAME (at the command line: "
        f"workload.columns.{role}=...)",
    )


@lru_cache(maxsize=10_000)
def looks_meant(name: str) -> bool:
    """Whether a column's name says that it plays a role, or may play one."""
    plain = _plain(name)
    if any(_plays(plain, role) for role in _KNOWN):
        return True
    return bool(_ADAPTERS.search(plain) or _FAILURES.search(plain))


def is_request(names: Collection[str]) -> bool:
    """Whether columns of these names are all that a log needs."""
    plain = [_plain(name) for name in names]
    return all(
        any(_plays(name, role) for name in plain) for role in _KNOWN if role not in _OPTIONAL
    )


def _plays(plain: str, role: str) -> bool:
    """Whether a name is known to play a role."""
    names = _KNOWN[role]
    return plain in names or (role == "timestamp" and _UNIT.sub("", plain) in names)


def _plain(name: str) -> str:
    """A column's name in the way in which names are compared."""
    text = _joined(name)
    if any(_plays(text, role) for role in _KNOWN):
        return text
    return _joined(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def _joined(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


def _shown(names: Sequence[str]) -> str:
    """Names for a message, those with odd characters escaped."""
    return ", ".join(name if name.isprintable() else repr(name) for name in names)[:_MOST_SHOWN]


def _words(role: str) -> str:
    return role.replace("_", " ")
