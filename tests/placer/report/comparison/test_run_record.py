"""What a sweep knows of its runs."""

from __future__ import annotations

from pathlib import Path

from placer.report.comparison.run_record import identity, read_records, write_failure
from tests.placer.report.comparison.run_folders import write_run


def test_a_run_is_known_again_by_what_it_was_asked() -> None:
    asked = identity(["strategy=milp", "+seed=1", "output_dir=a", "show=json"])
    assert asked == identity(["seed=1", "strategy=milp", "hydra.sweep.subdir='3'"])
    assert asked == ("seed=1", "strategy=milp")
    assert asked != identity(["seed=2", "strategy=milp"])


def test_results_failures_and_runs_that_only_began(tmp_path: Path) -> None:
    write_run(tmp_path, "0", ["seed=0"], status="optimal")
    write_run(tmp_path, "1", ["seed=1"], status="interrupted")
    write_failure(tmp_path / "2", ["seed=2"], {}, "it is wrong", 2)
    write_failure(tmp_path / "3", ["seed=3"], {})
    write_run(tmp_path, "4", ["seed=4"], status="optimal")
    write_failure(tmp_path / "4", ["seed=4"], {})  # run again after that
    for name, text in (("5", "{"), ("6", "[]"), ("7", '{"overrides": 3}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(text)
    found = read_records(tmp_path)
    shown = {
        asked[0]: (r.folder.name, r.complete, r.has_result, r.exit_status)
        for asked, r in found.items()
    }
    assert shown == {
        "seed=0": ("0", True, True, None),
        "seed=1": ("1", False, True, None),
        "seed=2": ("2", False, False, 2),
        "seed=3": ("3", False, False, None),
        "seed=4": ("4", False, False, None),
    }
    assert "killed" in found["seed=3",].error


def test_a_run_that_was_killed_as_it_was_written_has_no_result(tmp_path: Path) -> None:
    write_run(tmp_path, ".0.writing-x", ["seed=0"], status="optimal")
    assert read_records(tmp_path) == {}


def test_of_two_runs_that_were_asked_the_same_the_complete_one_counts(tmp_path: Path) -> None:
    write_run(tmp_path, ".0.writing-x", ["seed=0"], status="optimal")  # left by a killed process
    write_run(tmp_path, "0", ["seed=0"], status="optimal")
    write_failure(tmp_path / "1", ["seed=0"], {}, "it is wrong", 2)
    (record,) = read_records(tmp_path).values()
    assert record.folder.name == "0"
