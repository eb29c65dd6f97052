"""Experiments: sweeps that are named, each of whose runs can be composed."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hydra import compose, initialize_config_module
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from placer.console.build import build
from placer.console.config import build_profile
from placer.console.schemas import register_schemas

EXPERIMENTS = sorted(path.name[:-5] for path in (files("conf") / "experiment").iterdir())
NEEDED = {"trace_gpus": ["workload.path=log.csv"]}


def test_there_is_one_for_each_comparison() -> None:
    assert EXPERIMENTS == ["paper_gpus", "paper_latency", "trace_gpus"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_first_and_the_last_run_can_be_made(name: str) -> None:
    register_schemas()
    own = [f"+experiment={name}", *NEEDED.get(name, [])]
    with initialize_config_module("conf", version_base="1.3"):
        sweep = compose("place", own, return_hydra_config=True)
        texts = [f"{key}={value}" for key, value in sweep.hydra.sweeper.params.items()]
        overrides = OverridesParser.create().parse_overrides(texts)
        (jobs,) = BasicSweeper.split_arguments(overrides, None)
        assert 50 < len(jobs) < 1000
        for job in (jobs[0], jobs[-1]):
            cfg = compose("place", [*own, *job])
            assert OmegaConf.missing_keys(cfg) == set()
            assert (cfg.sustained, cfg.adapters_starve) == (False, False)
            for group in ("strategy", "objective", "estimator"):
                build(cfg, group)
            assert build_profile(cfg).name == f"{cfg.profile.name}"
            if name not in NEEDED:
                assert build(cfg, "workload").num_adapters == cfg.workload.num_adapters
