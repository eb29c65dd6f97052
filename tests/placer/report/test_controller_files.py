"""Files of a run of a controller."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from placer.report.controller_files import write_controller_files
from tests.placer.report.example_controller import CONTROLLER, OUTCOME, SCENARIO
from twin.files.errors import InputError


def write(folder: Path) -> dict[str, Any]:
    return write_controller_files(
        *(folder, CONTROLLER, SCENARIO, OUTCOME),
        profile="tiny",
        seed=3,
        config="seed: 3\n",
        overrides=["controller=min_cost_flow"],
    )


def test_all_files_are_written(tmp_path: Path) -> None:
    summary = write(tmp_path / "out")
    found = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert set(found) == {"config.yaml", "result.json", "summary.json"}
    assert json.loads(found["summary.json"]) == summary
    result = json.loads(found["result.json"])
    assert (result["kind"], result["hit_rate"], result["p99_tpot_ms"]) == (
        "controller",
        0.625,
        None,
    )
    assert result["scenario"]["num_adapters"] == 3
    assert result["controller"].startswith("MinCostFlow(")
    assert summary["status"] == "simulated"


def test_they_replace_those_of_an_earlier_run(tmp_path: Path) -> None:
    write(tmp_path / "out")
    (tmp_path / "out/note.txt").write_text("mine")
    write(tmp_path / "out")
    assert (tmp_path / "out/note.txt").read_text() == "mine"


def test_a_placement_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "placement.json").write_text("{}")
    with pytest.raises(InputError, match="holds the placement of another run"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["placement.json"]
