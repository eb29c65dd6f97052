"""What happens before and after the runs."""

from __future__ import annotations

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
