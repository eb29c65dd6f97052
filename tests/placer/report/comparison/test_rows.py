"""Rows of the runs of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from placer.report.comparison.rows import read_runs
from placer.report.comparison.run_record import write_failure
from tests.placer.report.comparison.run_folders import write_run
from twin.files.errors import InputError


def test_runs_with_names_come_after_numbered_ones(tmp_path: Path) -> None:
    for name in ("b", "10", "a", "2", "2.interrupted"):  # the last beside its better result
        write_run(tmp_path, name, [])
    write_run(tmp_path, ".10.writing-x", [])  # of a process that was killed
    (tmp_path / "11").mkdir()  # a run that wrote nothing
    assert [row["run"] for row in read_runs(tmp_path)] == ["2", "10", "a", "b"]


def test_numbers_are_numbers_and_runs_are_found(tmp_path: Path) -> None:
    overrides = ["a=3", "b=0.5", "c=1e3", "d=true", "e=null", "f=[1,2]", "g=nan", "h=x", "i={"]
    write_run(tmp_path, "0", overrides)
    (row,) = read_runs(tmp_path)
    assert [row[key] for key in "abcdefghi"] == [
        *(3, 0.5, 1000.0, True, None, "[1,2]", "nan", "x", "{"),
    ]
    assert row["path"] == str(tmp_path / "0")


def test_a_failure_is_a_row_with_its_error(tmp_path: Path) -> None:
    write_run(tmp_path, "0", ["strategy=milp"], strategy="milp", num_gpus=3)
    write_failure(tmp_path / "0", ["max_gpus=0"], {"strategy": "milp"}, "max_gpus: 0", 2)
    (row,) = read_runs(tmp_path)
    assert (row["status"], row["error"], row["placed"]) == ("failed", "max_gpus: 0", False)
    assert (row["strategy"], row["max_gpus"], row["num_gpus"]) == ("milp", 0, None)


@pytest.mark.parametrize(
    ("summary", "placed"),
    [
        ({"status": "feasible", "verified": True, "verification": {}}, True),
        ({"status": "feasible", "verified": False, "verification": None}, True),
        ({"status": "feasible", "verified": False, "verification": {}}, False),
        ({"status": "time_limit", "unplaced": ["a"]}, False),
        ({"status": "unchecked"}, False),
        ({"status": "infeasible"}, False),
    ],
)
def test_what_serves_everything_is_placed(
    tmp_path: Path, summary: dict[str, Any], placed: bool
) -> None:
    write_run(tmp_path, "0", [], **summary)
    assert read_runs(tmp_path)[0]["placed"] is placed


def test_a_summary_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "summary.json").write_text("[]")
    with pytest.raises(InputError, match="not that of a run"):
        read_runs(tmp_path)
