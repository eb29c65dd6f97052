"""What happens before and after the runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from placer.console.callbacks import CompareRuns, RemoveEmptyFolders


def config(run: Path, sweep: Path) -> DictConfig:
    """As much of Hydra's configuration as the callbacks look at."""
    return OmegaConf.create({"hydra": {"run": {"dir": str(run)}, "sweep": {"dir": str(sweep)}}})


def test_a_run_that_wrote_nothing_leaves_the_folders_that_were_there(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    cfg = config(tmp_path / "mine" / "a" / "b", tmp_path)
    callback = RemoveEmptyFolders()
    callback.on_run_start(cfg)
    Path(cfg.hydra.run.dir).mkdir(parents=True)
    callback.on_run_end(cfg)
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_what_a_run_wrote_stays(tmp_path: Path) -> None:
    cfg = config(tmp_path / "a" / "b", tmp_path)
    callback = RemoveEmptyFolders()
    callback.on_run_start(cfg)
    Path(cfg.hydra.run.dir).mkdir(parents=True)
    (tmp_path / "a" / "b" / "summary.json").write_text("{}")
    callback.on_run_end(cfg)
    assert (tmp_path / "a" / "b" / "summary.json").is_file()


@pytest.mark.parametrize("written", [False, True])
def test_of_a_sweep_the_runs_that_wrote_something_stay(tmp_path: Path, written: bool) -> None:
    cfg = config(tmp_path, tmp_path / "sweep")
    callback = RemoveEmptyFolders()
    callback.on_multirun_start(cfg)
    for job in ("0", "1"):
        (tmp_path / "sweep" / job).mkdir(parents=True)
    (tmp_path / "sweep" / "multirun.yaml").write_text("")
    if written:
        (tmp_path / "sweep" / "1" / "summary.json").write_text("{}")
    callback.on_multirun_end(cfg)
    left = sorted(path.name for path in tmp_path.glob("sweep/*"))
    assert left == (["1", "multirun.yaml"] if written else [])
    assert (tmp_path / "sweep").exists() is written


def test_runs_without_a_summary_give_no_comparison(tmp_path: Path) -> None:
    CompareRuns().on_multirun_end(config(tmp_path, tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("show", ["table", "json", "nothing"])
def test_a_comparison_is_shown_as_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], show: str
) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "summary.json").write_text('{"overrides": ["seed=3"], "num_gpus": 2}')
    cfg = config(tmp_path, tmp_path)
    cfg.show = show
    CompareRuns().on_multirun_end(cfg)
    shown = capsys.readouterr().out
    assert ("Comparison of the runs" in shown) is (show == "table")
    assert (tmp_path / "comparison.csv").is_file()
    if show == "json":
        (row,) = json.loads(shown)
        assert (row["num_gpus"], row["seed"]) == (2, 3)
    elif show == "nothing":
        assert shown == ""
