"""Runs of controllers from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from placer.console.sweep import status_of_folder
from tests.placer.console.placer_call import Placer

LITTLE = [
    "scenario=drifting",
    "scenario.num_adapters=6",
    "scenario.num_engines=2",
    "scenario.num_intervals=5",
    "scenario.settle=10",
]


def test_one_run(placer: Placer, tmp_path: Path) -> None:
    done = placer("controller=min_cost_flow", *LITTLE, "output_dir=out")
    assert done.status == 0, done.err
    assert "hit rate" in done.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.yaml",
        "result.json",
        "summary.json",
    ]
    assert status_of_folder(tmp_path / "out") == 0


def test_a_sweep_is_compared_and_resumed(placer: Placer, tmp_path: Path) -> None:
    given = ["--multirun", "controller=hrw,random", *LITTLE, "seed=0,1", "output_dir=many"]
    first = placer(*given, "hydra/launcher=basic")
    assert first.status == 0, first.err
    assert "hit rate" in first.out
    rows = json.loads((tmp_path / "many/comparison.json").read_text())
    assert {row["controller"] for row in rows} == {"hrw", "random"}
    assert all(row["placed"] and 0 <= row["hit_rate"] <= 1 for row in rows)
    page = (tmp_path / "many/comparison.html").read_text()
    for shown in ("hit rate", "adapter loads", "starved adapters", "controller=random"):
        assert shown in page
    again = placer(*given, "hydra/launcher=basic")
    assert "4 of 4 runs have a result" in again.err
    assert json.loads((tmp_path / "many/comparison.json").read_text()) == rows


def test_json_is_the_summary(placer: Placer, tmp_path: Path) -> None:
    done = placer("controller=hrw", *LITTLE, "--json", "output_dir=out")
    shown = json.loads(done.out)
    assert shown.pop("path") == str(tmp_path / "out")
    assert shown == json.loads((tmp_path / "out/summary.json").read_text())


def test_a_controller_needs_a_scenario(placer: Placer, tmp_path: Path) -> None:
    done = placer("controller=hrw")
    assert done.status == 2
    assert "scenario: a controller needs one; scenario=drifting" in done.err
    assert not (tmp_path / "outputs").exists()


def test_wrong_values_are_told_in_one_line(placer: Placer) -> None:
    done = placer("controller=hrw", "scenario=drifting", "scenario.drift=2")
    assert done.status == 2
    assert done.err.strip().splitlines()[-1].startswith("placer: error: scenario.drift: 2")
    done = placer("controller=hrw", *LITTLE, "controller.method._target_=placer.objectives.Cost")
    assert done.status == 2
    assert "makes no FleetMethod" in done.err
