"""What a run was asked for, and what the next one is."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig, OmegaConf

from placer.console.previous_run import PreviousRunWarning, warn_of_differences
from placer.console.schemas import register_schemas


def config(*overrides: str) -> DictConfig:
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("place", list(overrides))


def told(folder: Path, before: list[str], now: list[str], previous: str = "") -> list[str]:
    """Warnings of a run whose previous one was in a folder."""
    cfg = config(*before)
    plain = OmegaConf.to_container(cfg, resolve=True, enum_to_str=True)
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(plain)))
    (folder / "placement.json").write_text("{}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_differences(config(f"previous={previous or folder}", *now))
    assert all(warning.category is PreviousRunWarning for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("name", ["", "placement.json"])
def test_the_same_questions_need_no_warning(tmp_path: Path, name: str) -> None:
    asked = ["objective=slo", "starvation_threshold=0.99", "rules={apart:[[a,b]]}"]
    assert told(tmp_path, asked, [*asked, "time_limit=5"], str(tmp_path / name)) == []


def test_each_difference_is_told(tmp_path: Path) -> None:
    before = ["objective=latency", "starvation_threshold=0.99", "rules={apart:[[a,b]]}"]
    lines = told(tmp_path, before, ["objective=gpu_count", "robustness.arrival_cv=null"])
    assert [line.partition(": ")[2].partition(" was ")[0] for line in lines] == [
        *("objective", "rules", "starvation_threshold", "robustness")
    ]
    assert "objective was Latency(metric=ttft, statistic=mean), and is GpuCount() now" in lines[0]
    assert "rules was {apart=[[a, b]]}, and is null now" in lines[1]
    assert lines[2].endswith("give it again if it still holds")


def test_rules_in_a_file_are_compared_by_what_they_say(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("apart: [[a, b]]\n")
    assert told(tmp_path, [f"rules={rules}"], ["rules={apart:[[a,b]]}"]) == []


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (line,) = told(tmp_path, ["rules=gone.yaml"], [])
    assert "what it was asked for is not known" in line
    assert "gone.yaml" in line


def test_without_a_configuration_nothing_is_known(tmp_path: Path) -> None:
    warn_of_differences(config(f"previous={tmp_path}"))
    warn_of_differences(config())
