"""Columns of a log that are not read: asked about where they look meant, else named."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from twin.files.errors import InputError
from twin.sources.failed_requests import is_failure, tells_failures
from twin.sources.trace_columns import NO_COLUMN, FoundColumns, TraceColumns
from twin.sources.trace_rows import RowChunk

__all__ = ["ask_about_names", "ask_about_values", "tell_passed_over"]

_logger = logging.getLogger(__name__)

_BASE = {"base", "default", "basemodel", "nolora", "noadapter", "withoutlora", "withoutadapter"}
_MOST_SHOWN = 200  # characters of names


def ask_about_values(
    where: str, chunk: RowChunk, header: list[str], found: FoundColumns, wanted: TraceColumns
) -> None:
    """Refuse to pass over a column that may name adapters, or tell failures.

    Failures may be told by what a column is called, or by what stands in it.

    Raises
    ------
    InputError
        If there is one that nobody said anything of, in which values differ.
    """
    read = _read(found)
    for name in header:
        if name in read:
            continue
        values = set(map(str, chunk.column(header, name)))
        if name in found.doubtful and len(values) > 1:
            raise _question(
                where,
                name,
                f"name adapters ({len(values)} different values)",
                f"say adapter={name} (and base_model=NAME for the base model's own name), or "
                "adapter=none to deal the requests",
                "adapter",
            )
        if found.status or wanted.status == NO_COLUMN:
            continue
        by_name = name in found.doubtful_status and len(values) > 1
        if "reason" in name.lower() and not any(map(is_failure, values)):
            by_name = False  # such as stop and length, of which none failed
        if by_name or tells_failures(values):
            raise _question(
                where,
                name,
                f"tell which requests failed ({len(values)} different values)",
                f"say status={name}, or status=none to take them all",
                "status",
            )


def ask_about_names(where: str, column: str, names: Collection[str]) -> None:
    """Refuse to take for an adapter what looks like a name of the base model.

    Raises
    ------
    InputError
        If there is such a name.
    """
    for name in names:
        if "".join(filter(str.isalpha, name.lower())) in _BASE:
            raise _question(
                where,
                column,
                f"call the base model {name!r}",
                f"say base_model={name}, or base_model=none if that is an adapter",
                "base_model",
            )


def tell_passed_over(where: str, header: Sequence[str], found: FoundColumns) -> None:
    """Say which columns are not read."""
    read = _read(found)
    if rest := [name if name.isprintable() else repr(name) for name in header if name not in read]:
        _logger.info("%s: columns that are not read: %s", where, ", ".join(rest)[:_MOST_SHOWN])


def _read(found: FoundColumns) -> set[str]:
    return {found.timestamp, found.prompt_tokens, found.output_tokens, found.adapter, found.status}


def _question(where: str, column: str, what: str, answers: str, role: str) -> InputError:
    return InputError(
        f"{where}, row 1",
        f"column {column!r} may {what}",
        f"{answers} (at the command line: workload.columns.{role}=...)",
    )
