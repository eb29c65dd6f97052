"""Files of rows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from placer.benchmark.row import Row
from placer.problem.json_fields import read_list, read_number, read_text, read_whole, require_keys
from twin.files.atomic_write import write_text
from twin.files.errors import InputError
from twin.files.plain_data import read_json

__all__ = ["read_rows", "write_rows"]

_READERS = {"str": read_text, "int": read_whole}


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as JSON; null for numbers that a row does not have."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(number) for number in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    data = [{key: plain(value) for key, value in asdict(row).items()} for row in rows]
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_rows(path: Path) -> list[Row]:
    """Rows of a file that `write_rows` wrote.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else.
    """
    entries = read_list(read_json(path), str(path))
    return [_row(entry, f"{path}, row {number}") for number, entry in enumerate(entries, 1)]


def _row(data: Any, where: str) -> Row:
    require_keys(data, [field.name for field in fields(Row)], where)
    return Row(
        **{
            field.name: _value(data[field.name], str(field.type), f"{where}, {field.name}")
            for field in fields(Row)
        }
    )


def _value(value: Any, kind: str, where: str) -> Any:
    """A value of a field; infinite where a number is null."""
    if kind.startswith("tuple"):
        return tuple(_value(number, "float", where) for number in read_list(value, where))
    if kind == "float":
        return math.inf if value is None else read_number(value, where)
    if kind == "bool":
        if not isinstance(value, bool):
            raise InputError(where, f"{value!r} is not true or false")
        return value
    return _READERS[kind](value, where)
