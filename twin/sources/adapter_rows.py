"""Rows of a file that lists adapters, from CSV, YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.field_value import check_columns
from twin.files.input_file import unknown_ending
from twin.files.plain_data import read_json, read_yaml

__all__ = ["COLUMNS", "LENGTH_COLUMNS", "adapter_rows"]

_REQUIRED = ("name", "rank", "rate_req_s")
LENGTH_COLUMNS = (
    "prompt_tokens_mean",
    "prompt_tokens_std",
    "output_tokens_mean",
    "output_tokens_std",
)
COLUMNS = (*_REQUIRED, *LENGTH_COLUMNS, "arrival_cv", "base_model", "path")
"""Columns of the file; the first three are required."""

_EXAMPLE = "[{name: a, rank: 8, rate_req_s: 0.5}, ...]"


def adapter_rows(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Fields of each adapter by column, and where they stand.

    Parameters
    ----------
    path : Path
        File that ends in .csv, .yaml, .yml or .json.

    Raises
    ------
    InputError
        If the file cannot be read, or a column is unknown or missing.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        yield from csv_rows(path, _REQUIRED, COLUMNS)
    elif suffix in (".yaml", ".yml", ".json"):
        read = read_json if suffix == ".json" else read_yaml
        yield from _listed_rows(str(path), read(path))
    else:
        raise unknown_ending(path, ".csv, .yaml or .json")


def _listed_rows(where: str, content: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(content, dict):
        check_columns(where, list(content), ["adapters"], ["adapters"])
        content = content["adapters"]
    if not isinstance(content, list):
        raise InputError(where, "it holds no list of adapters", _EXAMPLE)
    for index, row in enumerate(content, start=1):
        place = f"{where}, adapter {index}"
        if not isinstance(row, dict):
            raise InputError(place, f"{row!r:.60} is no mapping", _EXAMPLE)
        check_columns(place, list(row), _REQUIRED, COLUMNS)
        yield place, row
