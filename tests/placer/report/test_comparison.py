"""Comparison of the runs of a sweep."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from placer.report.comparison import COLUMNS, compare_runs, comparison_table, read_runs


def write_run(folder: Path, name: str, overrides: list[str], **summary: Any) -> None:
    (folder / name).mkdir()
    content = {"overrides": overrides, **summary}
    (folder / name / "summary.json").write_text(json.dumps(content))


def printed(renderable: object) -> str:
    text = io.StringIO()
    Console(file=text, width=200).print(renderable)
    return text.getvalue()


def test_rows_in_order_of_the_runs_with_files_beside_them(tmp_path: Path) -> None:
    for number in (10, 2):
        overrides = ["strategy=greedy", f"+max_gpus={number}"]
        write_run(
            tmp_path, str(number), overrides, strategy="greedy", num_gpus=number, verified=True
        )
    (tmp_path / "11").mkdir()  # a run that wrote nothing
    text = io.StringIO()
    rows = compare_runs(tmp_path, Console(file=text, width=200))
    assert [row["run"] for row in rows] == ["2", "10"]
    assert rows == json.loads((tmp_path / "comparison.json").read_text())
    with (tmp_path / "comparison.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert [row["num_gpus"] for row in table] == ["2", "10"]
    assert set(table[0]) == {*COLUMNS, "max_gpus"}
    assert "max gpus" in text.getvalue()
    assert "comparison.csv" in text.getvalue()


def test_overrides_are_columns_only_where_the_runs_differ() -> None:
    rows = [
        {
            "run": "0",
            "seed": "1",
            "fleet": "[{profile:a}]",
            "gap": 0.25,
            "value": [3.0, 0.1],
            "mean_ttft_ms": 31030.4,
        },
        {"run": "1", "seed": "1", "fleet": "[red]", "gap": None, "value": [4.0]},
    ]
    text = printed(comparison_table(rows))
    assert "seed" not in text
    assert "[{profile:a}]" in text
    assert "[red]" in text
    assert "3, 0.1" in text
    assert "0.25" in text
    assert "31,030" in text


def test_runs_with_names_come_after_numbered_ones(tmp_path: Path) -> None:
    for name in ("b", "1", "a"):
        write_run(tmp_path, name, [])
    assert [row["run"] for row in read_runs(tmp_path)] == ["1", "a", "b"]


def test_without_results_nothing_is_written(tmp_path: Path) -> None:
    assert compare_runs(tmp_path, Console(file=io.StringIO())) == []
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_numbers_and_runs_are_found(tmp_path: Path) -> None:
    overrides = ["a=3", "b=0.5", "c=1e3", "d=true", "e=null", "f=[1,2]", "g=nan", "h=x", "i={"]
    write_run(tmp_path, "0", overrides)
    (row,) = read_runs(tmp_path)
    assert [row[key] for key in "abcdefghi"] == [
        *(3, 0.5, 1000.0, True, None, "[1,2]", "nan", "x", "{"),
    ]
    assert row["path"] == str(tmp_path / "0")
    assert str(tmp_path) not in printed(comparison_table([row]))
