"""Files of rows."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from placer.benchmark.row_files import read_rows, write_rows
from tests.placer.benchmark.example_row import ROW
from twin.files.errors import InputError


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [ROW, replace(ROW, value=(math.inf,), gap=math.inf, feasible=False)]
    write_rows(tmp_path / "rows.json", rows)
    assert read_rows(tmp_path / "rows.json") == rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gpus": "3"}, "row 1, gpus: '3' is not a whole number"),
        ({"verified": 1}, "row 1, verified: 1 is not true or false"),
        ({"value": 3.0}, "row 1, value: 3.0 is not a list"),
        ({"magic": 1}, "row 1: unknown key 'magic'"),
    ],
)
def test_what_is_no_row_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    write_rows(path, [ROW])
    (data,) = json.loads(path.read_text())
    path.write_text(json.dumps([data | change]))
    with pytest.raises(InputError, match=message):
        read_rows(path)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("[")
    with pytest.raises(InputError, match="not JSON"):
        read_rows(path)
