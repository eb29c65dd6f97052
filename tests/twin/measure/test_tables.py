"""Tables that grow row by row."""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.measure.records import Answer, Request
from twin.measure.tables import Tables


def test_rows_are_added_and_columns_with_them(tmp_path: Path) -> None:
    tables = Tables(tmp_path / "new")
    assert tables.rows("t.csv") == []
    tables.add("t.csv", {"a": 1, "b": 0.1 + 0.2, "c": math.nan})
    tables.add("t.csv", {"a": 2, "d": None, "e": "x,y"})
    assert (tmp_path / "new" / "t.csv").read_text() == ('a,b,c,d,e\n1,0.3,,,\n2,,,,"x,y"\n')
    assert [row["a"] for row in tables.rows("t.csv")] == ["1", "2"]
    assert [row["a"] for row in tables.rows("t.csv", {"e": "x,y"})] == ["2"]
    assert tables.rows("t.csv", {"b": 0.3, "a": 2}) == []
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "t.csv"]


def test_requests_of_a_run(tmp_path: Path) -> None:
    answers = [
        Answer(Request(0.25, "a", 10, 2), 100.251, [100.5, 100.75], True),
        Answer(Request(0.5, "", 7, 9), 100.5, [100.9]),
        Answer(Request(0.6, "a", 7, 9), 100.6),
    ]
    Tables(tmp_path).add_requests("r.csv.gz", answers, 100.0)
    with gzip.open(tmp_path / "r.csv.gz", "rt", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][:4] == ["arrival_s", "adapter", "prompt_tokens", "output_tokens"]
    assert rows[1] == ["0.2500", "a", "10", "2", "0.2510", "0.5000", "0.7500"]
    assert rows[2] == ["0.5000", "", "7", "9", "0.5000", "0.9000", ""]
    assert rows[3][5:] == ["", ""]


def test_a_table_of_somebody_else_s_is_not_added_to(tmp_path: Path) -> None:
    mine = "name,rank,path\na,8,/loras/a\n"
    (tmp_path / "adapters.csv").write_text(mine)
    with pytest.raises(InputError, match=r"adapters\.csv.*column 'adapter' is missing"):
        Tables(tmp_path).add("adapters.csv", {"adapter": "a", "rank": 8})
    assert (tmp_path / "adapters.csv").read_text() == mine


def test_a_folder_of_another_server_is_refused(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    tables.add("t.csv", {"model": "a", "vllm_version": "0.8.5"})
    tables.refuse_others("t.csv", {"model": "a", "gpu": "H200"})
    tables.refuse_others("missing.csv", {"model": "b"})
    with pytest.raises(InputError, match=r"with vllm_version '0\.8\.5', and this server has"):
        tables.refuse_others("t.csv", {"vllm_version": "0.22.1"})
