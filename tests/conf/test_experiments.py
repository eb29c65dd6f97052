"""Experiments: sweeps that are named, whose runs can be composed and made smaller."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from placer.console.build import build
from placer.console.config import build_profile
from placer.console.place import run
from placer.console.schemas import register_schemas
from placer.controllers import Scenario

EXPERIMENTS = sorted(path.name[:-5] for path in (files("conf") / "experiment").iterdir())
SMALLER = {
    "paper_gpus": ["strategy=greedy", "workload=paper_low", "workload.rank_mix=[8,16]"],
    "paper_latency": ["strategy=least_loaded", "workload=paper_low"],
    "paper_single_gpu": ["workload=paper_low", "strategy.max_loras=2"],
    "controllers": ["controller=replanning", "scenario.num_intervals=6", "scenario.settle=10"],
    "trace_gpus": ["strategy=lora_serve", "workload.rate_scale=1", "workload.rank_mix=[8,16]"],
}
"""One run of each, on little traffic."""
LITTLE = ["workload.num_adapters=3", "estimator.window.duration=60"]
FEW = ["scenario.num_adapters=5", "scenario.num_engines=2"]


def test_there_is_one_for_each_comparison() -> None:
    assert sorted(SMALLER) == EXPERIMENTS


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_first_and_the_last_run_can_be_made(name: str) -> None:
    register_schemas()
    own = [f"+experiment={name}"]
    with initialize_config_module("conf", version_base="1.3"):
        sweep = compose("place", own, return_hydra_config=True)
        texts = [f"{key}={value}" for key, value in sweep.hydra.sweeper.params.items()]
        overrides = OverridesParser.create().parse_overrides(texts)
        (jobs,) = BasicSweeper.split_arguments(overrides, None)
        assert 50 < len(jobs) < 1000
        for job in (jobs[0], jobs[-1]):
            cfg = compose("place", [*own, *job])
            assert OmegaConf.missing_keys(cfg) == set()
            assert build_profile(cfg).name.startswith("h100_64gb_"), "the paper's"
            if cfg.controller is not None:
                assert callable(build(cfg, "controller").decide)
                assert build(cfg, "scenario") == Scenario()
                continue
            rule = cfg.starvation_threshold, cfg.sustained, cfg.adapters_starve
            assert rule == (0.9, False, False), "the paper's"
            for group in ("strategy", "objective", "estimator"):
                build(cfg, group)
            assert build(cfg, "workload").num_adapters == cfg.workload.num_adapters
            assert cfg.workload.seed == cfg.seed


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_smaller_one_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    little = [*(FEW if name == "controllers" else LITTLE), "profile=h100_64gb_llama31_8b"]
    given = [f"+experiment={name}", *SMALLER[name], *little, "seed=1"]
    more = ["hydra/launcher=basic", "output_dir=out"]
    monkeypatch.setattr(sys, "argv", ["placer", "--multirun", *given, *more])
    assert run() == 0, capsys.readouterr().err
    (row,) = json.loads((tmp_path / "out/comparison.json").read_text())
    assert row["placed"]
    if name == "controllers":
        assert 0 < row["hit_rate"] <= 1
    else:
        assert row["num_gpus"] in range(1, 5)
    assert not (tmp_path / "out/0/report.html").exists()
