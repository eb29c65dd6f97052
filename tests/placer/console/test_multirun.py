"""Several runs in one call."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from placer.gpu.evaluator import Evaluator
from tests.placer.console.placer_call import SMALL, Placer

HERE = "hydra/launcher=basic"  # one run after the other, in this process
NO_PAGE = "report=none"  # nobody looks at those of single runs here
MULTIRUN = ["--multirun", *SMALL, "strategy=first_fit", "output_dir=sweep", NO_PAGE]


def rows(folder: Path) -> list[dict[str, object]]:
    found = json.loads((folder / "sweep" / "comparison.json").read_text())
    assert isinstance(found, list)
    return found


def test_multirun_ends_with_one_comparison(placer: Placer, tmp_path: Path) -> None:
    choices = ["strategy=greedy,first_fit,milp", "objective=gpu_count,latency"]
    outcome = placer("--multirun", *SMALL, *choices, "output_dir=sweep", NO_PAGE, HERE)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    assert len(rows(tmp_path)) == 6
    assert {(row["strategy"], row["objective"]) for row in rows(tmp_path)} == {
        (s, o) for s in ("greedy", "first_fit", "milp") for o in ("gpu_count", "latency")
    }
    runs, _, table = outcome.out.partition("Comparison of the runs")
    assert runs.count("1 GPU") == 6
    assert table.count("latency") == 3


def test_runs_in_processes_of_their_own_fail_alone_and_are_not_repeated(
    placer: Placer, tmp_path: Path
) -> None:
    outcome = placer(
        *MULTIRUN, "max_gpus=0,1,2", "hydra/launcher=joblib", "hydra.launcher.n_jobs=9"
    )
    assert outcome.status == 2
    assert [row["status"] for row in rows(tmp_path)] == ["failed", "optimal", "optimal"]
    assert rows(tmp_path)[0]["error"] == "max_gpus: 0 is below 1; 1 or more, or null"
    assert "run 0 of 3 failed: max_gpus: 0 is below 1" in outcome.err
    before = (tmp_path / "sweep" / "1" / "summary.json").stat().st_mtime_ns
    outcome = placer(*MULTIRUN, "max_gpus=1,3", HERE)
    assert outcome.status == 0
    assert "1 of 2 runs have a result in sweep" in outcome.err
    assert [(row["run"], row["max_gpus"]) for row in rows(tmp_path)] == [
        *(("0", 0), ("1", 1), ("2", 2), ("3", 3)),
    ]
    assert (tmp_path / "sweep" / "1" / "summary.json").stat().st_mtime_ns == before


def test_a_sweep_of_many_runs_says_so_before_it_composes_them(
    placer: Placer, tmp_path: Path
) -> None:
    outcome = placer(
        *("--multirun", *SMALL, "output_dir=sweep", HERE),
        *("strategy=nonsense,first_fit", "max_gpus=range(1,11)"),
    )
    assert outcome.status == 2
    first, *others = outcome.err.splitlines()
    assert first == "placer: 20 runs; looking at the options of all before the first begins"
    assert any("nonsense" in line for line in others)
    assert not (tmp_path / "sweep").exists()


def test_wrong_run_of_a_multirun_does_not_stop_the_others(placer: Placer, tmp_path: Path) -> None:
    outcome = placer(*MULTIRUN, "max_gpus=0,1", HERE)
    assert outcome.status == 2
    told, named = outcome.err.splitlines()
    assert told.startswith("placer: run 0: error: max_gpus: 0 is below 1")
    assert named.startswith("placer: run 0 of 2 failed: max_gpus: 0 is below 1")
    assert [path.name for path in (tmp_path / "sweep" / "0").iterdir()] == ["failure.json"]
    assert {path.name for path in (tmp_path / "sweep").iterdir()} >= {
        *("0", "1", "comparison.csv", "comparison.json", "comparison.parquet", "multirun.yaml"),
    }


def test_a_failed_run_is_tried_again_in_its_folder(placer: Placer, tmp_path: Path) -> None:
    sweep = [*MULTIRUN, "workload=adapters", "workload.path=a.csv", "seed=0,1", HERE]
    arguments = [text for text in sweep if not text.startswith("workload.num_adapters")]
    (tmp_path / "a.csv").write_text("name,rank,rate_req_s\na,8,often\n")
    assert placer(*arguments).status == 2
    assert not (tmp_path / "sweep").exists()  # no run has a result
    (tmp_path / "a.csv").write_text("name,rank,rate_req_s\na,8,1\n")
    assert placer(*arguments).status == 0
    assert [(row["run"], row["status"]) for row in rows(tmp_path)] == [
        ("0", "optimal"),
        ("1", "optimal"),
    ]


def test_runs_can_be_asked_for_again(placer: Placer, tmp_path: Path) -> None:
    assert placer(*MULTIRUN, "seed=3,3", HERE).status == 0
    before = (tmp_path / "sweep" / "0" / "summary.json").stat().st_mtime_ns
    assert placer(*MULTIRUN, "seed=3", HERE, "hydra.sweeper.resume=false").status == 0
    assert (tmp_path / "sweep" / "0" / "summary.json").stat().st_mtime_ns > before
    assert len(rows(tmp_path)) == 1


def test_a_baseline_that_no_run_has_is_refused_before_they_run(
    placer: Placer, tmp_path: Path
) -> None:
    outcome = placer(*MULTIRUN, "seed=0,1", "max_gpus=1,2", "comparison.baseline=milp", HERE)
    assert outcome.status == 2
    assert "no runs have 'milp'; one of max_gpus:1, max_gpus:2" in outcome.err
    assert list(tmp_path.glob("sweep/*/*")) == []


def test_ctrl_c_keeps_what_has_run_and_compares_it(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, asked = Evaluator.estimate, []

    def estimate(self: object, *question: object) -> object:
        asked.append(1)
        found = original(self, *question)  # type: ignore[arg-type]
        if len(asked) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return found

    monkeypatch.setattr(Evaluator, "estimate", estimate)
    outcome = placer(*MULTIRUN, "seed=0,1,2", HERE)
    assert outcome.status == 3
    assert [row["run"] for row in rows(tmp_path)] == ["0"]


def test_multirun_without_any_result_leaves_nothing(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--multirun", "max_gpus=0,-1", HERE)
    assert outcome.status == 2
    assert list(tmp_path.iterdir()) == []
