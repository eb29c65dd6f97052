"""Digests of a user's own option files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.conf import ConfigSourceInfo
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from placer.console.option_digests import OptionFolders
from placer.console.schemas import register_schemas
from tests.placer.console.placer_call import SMALL, Placer

SOURCES = [ConfigSourceInfo("hydra.conf", "pkg", "hydra"), ConfigSourceInfo("conf", "pkg", "main")]
HERE = "hydra/launcher=basic"


def folders(*own: Path) -> OptionFolders:
    users = [ConfigSourceInfo(str(path), "file", "command-line") for path in own]
    return OptionFolders([*SOURCES, *users, ConfigSourceInfo("", "structured", "schema")])


def written(folder: Path, **contents: str) -> None:
    """Files ``group__option`` by their contents."""
    for name, content in contents.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_is_known_by_its_name_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    written(tmp_path / "a", strategy__mine="one", strategy__greedy="not Hydra's choice")
    written(tmp_path / "b", strategy__mine="two", strategy__other="three")
    both = folders(tmp_path / "a", tmp_path / "b")
    assert both.digest("strategy/mine.yaml") == sha("one")
    assert both.digest("strategy/other.yaml") == sha("three")
    assert both.digest("strategy/greedy.yaml") == ""  # the product's own comes first
    assert both.digest("strategy/missing.yaml") == ""


def test_files_of_a_run_are_those_chosen_and_what_their_defaults_lead_to(tmp_path: Path) -> None:
    contents = {
        "strategy__mine": "defaults: [base, /tuning/deep, _self_]\nseeds: 2\n",
        "strategy__base": "defaults: [greedy]\n",
        "strategy__unused": "_target_: x\n",
        "tuning__deep": "# @package strategy\n",
        "objective__ours": "_target_: placer.objectives.GpuCount\n",
    }
    written(tmp_path, **contents)
    run = OmegaConf.create(
        {
            "job": {"config_name": "place"},
            "runtime": {
                "choices": {
                    "strategy": "mine",
                    "objective@other.place": ["ours", "cost"],
                    "controller": None,
                    "hydra/launcher": "basic",
                }
            },
        }
    )
    used = ("objective/ours", "strategy/base", "strategy/mine", "tuning/deep")
    expected = {f"{name}.yaml": sha(contents[name.replace("/", "__")]) for name in used}
    assert folders(tmp_path).digests(run) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["defaults: [mine]\n", "defaults: 3\n", "[1]\n", "a: [\n"])
def test_files_that_are_none_or_lead_back_end_the_search(tmp_path: Path, content: str) -> None:
    written(tmp_path, strategy__mine=content)
    run = OmegaConf.create(
        {"job": {"config_name": "place"}, "runtime": {"choices": {"strategy": "mine"}}}
    )
    found = folders(tmp_path).digests(run)  # type: ignore[arg-type]
    assert found == {"strategy/mine.yaml": sha(content)}


def test_hydra_s_own_record_is_read(tmp_path: Path) -> None:
    """Its sources and choices are as this module expects them."""
    mine = "defaults: [/place, _self_]\nseed: 3\n"
    written(tmp_path, mine=mine)
    register_schemas()
    try:
        with initialize_config_dir(str(tmp_path), version_base="1.3"):
            search = "hydra.searchpath=[pkg://conf]"
            cfg = compose("mine", overrides=[search], return_hydra_config=True)
        HydraConfig.instance().set_config(cfg)
        run = HydraConfig.get()
        found = OptionFolders(run.runtime.config_sources).digests(run)
    finally:
        GlobalHydra.instance().clear()
    assert found == {"mine.yaml": sha(mine)}


def test_a_sweep_runs_again_what_was_composed_of_other_options(
    placer: Placer, tmp_path: Path
) -> None:
    option = "_target_: placer.strategies.first_fit.FirstFit\n"
    written(tmp_path / "mine", strategy__ours=option)
    quick = [*SMALL, "verify=none", "report=none"]
    given = ["--multirun", *quick, "strategy=ours,greedy", "output_dir=many", HERE]

    def again(folder: str = "mine") -> str:
        outcome = placer(*given, "--config-dir", folder)
        assert outcome.status == 0, outcome.err
        return outcome.err

    again()
    summary = json.loads((tmp_path / "many" / "0" / "summary.json").read_text())
    assert summary["options"] == {"strategy/ours.yaml": sha(option)}
    (tmp_path / "mine").rename(tmp_path / "moved")
    assert "2 of 2 runs have a result" in again("moved")
    written(tmp_path / "moved", strategy__ours=f"# changed\n{option}")
    told = again("moved")
    assert "strategy/ours.yaml has changed since" in told
    assert "1 of 2 runs have a result" in told
