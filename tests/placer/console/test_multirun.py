"""Several runs in one call."""

from __future__ import annotations

import json
from pathlib import Path

from tests.placer.console.placer_call import SMALL, Placer


def test_multirun_ends_with_one_comparison(placer: Placer, tmp_path: Path) -> None:
    choices = ["strategy=greedy,first_fit,milp", "objective=gpu_count,latency"]
    outcome = placer("--multirun", *SMALL, *choices, "output_dir=sweep")
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    rows = json.loads((tmp_path / "sweep" / "comparison.json").read_text())
    assert len(rows) == 6
    assert {(row["strategy"], row["objective"]) for row in rows} == {
        (s, o) for s in ("greedy", "first_fit", "milp") for o in ("gpu_count", "latency")
    }
    table = outcome.out.partition("Comparison of the runs")[2]
    assert table.count("latency") == 3


def test_wrong_run_of_a_multirun_does_not_stop_the_others(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--multirun", *SMALL, "max_gpus=0,1", "output_dir=sweep")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in (tmp_path / "sweep").iterdir()) == [
        "1",
        "comparison.csv",
        "comparison.json",
        "multirun.yaml",
    ]


def test_multirun_without_any_result_leaves_nothing(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--multirun", "max_gpus=0,-1")
    assert outcome.status == 2
    assert list(tmp_path.iterdir()) == []
