"""The command line, run in this process."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from placer.console import job
from placer.problem.placement import Placement
from tests.placer.console.placer_call import ADAPTERS, SMALL, Placer
from twin.files.errors import EngineVersionWarning


def test_a_run_writes_its_files_and_shows_a_table(placer: Placer, tmp_path: Path) -> None:
    outcome = placer(*SMALL)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    (folder,) = tmp_path.glob("outputs/*/*")
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert written == {
        "placement.json",
        "summary.json",
        "result.json",
        "routing.json",
        "routing.csv",
        "config.yaml",
        "report.html",
        "engines/gpu-00.sh",
    }
    placement = Placement.from_json((folder / "placement.json").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    assert len(placement.gpus) == summary["num_gpus"] == 1
    assert summary["verified"] is True
    assert summary["overrides"] == SMALL
    assert "gpu-00" in outcome.out
    assert "1 GPU for 6 adapters" in outcome.out
    assert "passed verification by the twin (3 x 1,200 s)" in outcome.out
    assert str(folder) in outcome.out


def test_same_seed_same_placement(placer: Placer, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert placer(*SMALL, f"output_dir={name}", "seed=3").status == 0
    one, two = ((tmp_path / name / "placement.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_folder_can_be_given_in_hydras_way_too(placer: Placer, tmp_path: Path) -> None:
    assert placer(*SMALL, "hydra.run.dir=here").status == 0
    assert (tmp_path / "here" / "summary.json").is_file()


def test_replanning_keeps_what_runs_and_writes_the_steps(placer: Placer, tmp_path: Path) -> None:
    rows = [f"a{i},8,{2 + i % 3}\n" for i in range(8)]
    (tmp_path / "old.csv").write_text(ADAPTERS + "".join(rows))
    (tmp_path / "new.csv").write_text(ADAPTERS + "".join([*rows[1:], "b,8,1\n"]))
    small = ["workload=adapters", "estimator.window.duration=60", "strategy=first_fit"]
    assert placer(*small, "workload.path=old.csv", "output_dir=old").status == 0
    replan = ["workload.path=new.csv", "previous=old/placement.json", "output_dir=new"]
    outcome = placer(*small, *replan)
    assert outcome.status == 0, outcome.err
    assert "0 adapters moved, 0 engines started, 0 stopped, at most" in outcome.out
    migration = json.loads((tmp_path / "new" / "migration.json").read_text())
    gpus = Placement.read(tmp_path / "new" / "placement.json").gpus
    (gpu,) = [gpu.name for gpu in gpus if "b" in dict(gpu.shares)]
    assert [(s["action"], s["adapter"]) for s in migration["steps"]] == [
        *(("route", "a0"), ("unload", "a0"), ("load", "b"), ("route", "b")),
    ]
    assert migration["steps"][2]["gpu"] == gpu
    summary = json.loads((tmp_path / "new" / "summary.json").read_text())
    assert summary["value"] == [len(gpus), 0]
    weighed = placer(*small, replan[0], "previous=old", "output_dir=again", "move_cost=0.1")
    assert weighed.status == 0, weighed.err
    assert (tmp_path / "again" / "migration.json").is_file()
    assert f"previous: {tmp_path / 'old'}\n" in (tmp_path / "again" / "config.yaml").read_text()


def test_infeasible_is_a_status_with_a_reason(placer: Placer, tmp_path: Path) -> None:
    rows = "".join(f"a{i},8,40\n" for i in range(3))
    (tmp_path / "hot.csv").write_text(ADAPTERS + rows)
    outcome = placer(
        "workload=adapters",
        "workload.path=hot.csv",
        "max_gpus=1",
        "estimator.window.duration=60",
        "output_dir=out",
    )
    assert outcome.status == 1, outcome.err
    assert "status infeasible: " in outcome.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["status"] == "infeasible"
    assert summary["reason"]


def test_a_plug_in_that_fails_is_named(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "faulty_plug_in.py").write_text(
        "class Mine:\n    def __init__(self, **_):\n        pass\n\n"
        "    def place(self, *args, **kwargs):\n        raise ValueError('no idea')\n"
    )
    outcome = placer(*SMALL, "strategy._target_=faulty_plug_in.Mine", "output_dir=out")
    assert outcome.status == 70
    last = outcome.err.splitlines()[-1]
    assert "the strategy faulty_plug_in.Mine failed: ValueError: no idea" in last
    assert not (tmp_path / "out").exists()


def test_warnings_are_one_line_and_told_once(
    placer: Placer, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = job.build_problem

    def warning(cfg: object) -> object:
        for _ in range(2):
            warnings.warn("measured with\nanother", EngineVersionWarning, stacklevel=1)
        return original(cfg)  # type: ignore[arg-type]

    monkeypatch.setattr(job, "build_problem", warning)
    outcome = placer(*SMALL)
    assert outcome.status == 0
    assert outcome.err == "placer: warning: measured with another\n"


def test_options_of_the_users_own(placer: Placer, tmp_path: Path) -> None:
    folder = tmp_path / "my_conf" / "strategy"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("# my own\n_target_: placer.strategies.first_fit.FirstFit\n")
    outcome = placer(*SMALL, "--config-dir", "my_conf", "strategy=mine")
    assert outcome.status == 0, outcome.err


def test_a_file_alone_is_a_workload_and_json_is_all_that_is_shown(
    placer: Placer, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(ADAPTERS + "a,8,1\n")
    fast = ["strategy=first_fit", "verify=none", "estimator.window.duration=60"]
    outcome = placer("a.csv", *fast, "output_dir=out", "--json")
    assert outcome.status == 0, outcome.err
    summary = json.loads(outcome.out)
    assert (summary["num_gpus"], summary["path"]) == (1, str(tmp_path / "out"))
    quiet = placer("workload.path=a.csv", *fast, "output_dir=out", "--quiet")
    assert (quiet.status, quiet.out) == (0, "")
