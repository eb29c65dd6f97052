"""One run, from a composed configuration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from placer.console.place import run

SMALL = ["workload.num_adapters=3", "estimator.window.duration=60", "verify=none", "seed=4"]


def test_a_run_leaves_the_configuration_that_led_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL, "output_dir=first"])
    assert run() == 0
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL, "previous=first", "output_dir=second"])
    assert run() == 0
    written = yaml.safe_load((tmp_path / "second" / "config.yaml").read_text())
    assert written["previous"] == str(tmp_path / "first")  # means the same from any folder
    assert written["seed"] == 4
    summary = json.loads((tmp_path / "second" / "summary.json").read_text())
    assert summary["strategy"] == "portfolio"
    assert json.loads((tmp_path / "second" / "migration.json").read_text())["steps"] == []


def test_without_an_admissible_placement_the_status_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    few = ["workload=paper_high", "workload.num_adapters=64", "max_gpus=1", "max_estimates=400"]
    monkeypatch.setattr(sys, "argv", ["placer", *SMALL[1:], *few, "output_dir=out"])
    assert run() == 1
    assert (tmp_path / "out" / "placement.json").is_file()
