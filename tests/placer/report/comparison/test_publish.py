"""The comparison of a sweep, printed and written."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from placer.report.comparison.compare import compare
from placer.report.comparison.publish import compare_runs, write_comparison
from placer.report.comparison.rows import COLUMNS
from placer.report.comparison.run_record import write_failure
from tests.placer.report.comparison.example_rows import row
from tests.placer.report.comparison.run_folders import write_run
from tests.twin.files.small_disk import small_disk


def test_files_beside_the_runs(tmp_path: Path) -> None:
    for number in (10, 2):
        overrides = ["strategy=greedy", f"+max_gpus={number}"]
        write_run(
            tmp_path, str(number), overrides, strategy="greedy", num_gpus=number, verified=True
        )
    text = io.StringIO()
    rows = compare_runs(tmp_path, Console(file=text, width=200))
    assert [row["run"] for row in rows] == ["2", "10"]
    assert rows == json.loads((tmp_path / "comparison.json").read_text())
    assert rows == pq.read_table(tmp_path / "comparison.parquet").to_pylist()
    with (tmp_path / "comparison.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert [row["num_gpus"] for row in table] == ["2", "10"]
    assert set(table[0]) == {*COLUMNS, "max_gpus"}
    assert (tmp_path / "comparison_means.csv").is_file()
    assert "max gpus" in text.getvalue()
    assert "comparison.csv" in text.getvalue()


def test_repeated_runs_are_shown_as_means(tmp_path: Path) -> None:
    for seed in range(3):
        overrides = ["strategy=greedy", f"seed={seed}"]
        found = {"strategy": "greedy", "num_gpus": 4 + seed, "verified": True}
        write_run(tmp_path, str(seed), overrides, **found)
    text = io.StringIO()
    compare_runs(tmp_path, Console(file=text, width=200))
    assert "Means over the runs" in text.getvalue()
    assert "5 ± 2.5" in text.getvalue()


def test_without_results_nothing_is_written(tmp_path: Path) -> None:
    assert compare_runs(tmp_path, Console(file=io.StringIO())) == []
    assert list(tmp_path.iterdir()) == []


def test_where_all_runs_failed_nothing_is_written(tmp_path: Path) -> None:
    write_failure(tmp_path / "0", ["seed=1"], {"strategy": "milp"}, "it is wrong", 2)
    (row,) = compare_runs(tmp_path, Console(file=io.StringIO()))
    assert row["error"] == "it is wrong"
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


def test_runs_lead_to_their_reports(tmp_path: Path) -> None:
    for seed in range(2):
        write_run(tmp_path, f"{seed} a", [f"seed={seed}"], strategy="greedy", num_gpus=2)
    (tmp_path / "0 a" / "report.html").write_text("")
    compare_runs(tmp_path, Console(file=io.StringIO()), pictures="svg")
    page = (tmp_path / "comparison.html").read_text()
    assert 'href="0%20a/report.html"' in page
    assert 'href="1%20a/summary.json"' in page
    assert not (tmp_path / "plots").exists()  # nothing to draw: one configuration


def test_the_charts_are_a_picture_where_that_is_asked_for(tmp_path: Path) -> None:
    comparison = compare([row("greedy", 0, 5), row("milp", 0, 4)])
    write_comparison(tmp_path, comparison, "two", lambda _: "", "svg")
    assert (tmp_path / "plots" / "comparison.svg").read_bytes().startswith(b"<?xml")


def test_where_nothing_more_can_be_written_all_of_the_earlier_comparison_stays(
    tmp_path: Path,
) -> None:
    write_comparison(tmp_path, compare([row("greedy", 0, 5), row("milp", 0, 4)]), "x", str)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    many = compare([row("greedy", seed, 6) for seed in range(99)])
    with small_disk(), pytest.raises(OSError, match=re.escape(str(tmp_path))):
        write_comparison(tmp_path, many, "x", str)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
