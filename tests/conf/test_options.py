"""Every option of every group: composed, explained and built."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from estimators.window import Window
from placer.console.build import build
from placer.console.config import build_profile
from placer.console.option_help import list_options
from placer.console.settings import GROUPS, KEYS, PlaceSettings
from placer.controllers import Scenario
from tests.composed import composed
from twin.gpu.profile import ServingProfile
from twin.workload.workload import Workload

OPTIONS = [(group, option) for group in GROUPS for option in list_options(group)]
FILES = {
    "adapters": "name,rank,rate_req_s\na,8,0.5\nb,16,0.25\n",
    "trace": "timestamp,prompt_tokens,output_tokens\n0,10,5\n1,20,6\n3,10,7\n",
    "servegen": "client_id,timestamp_s,rate,cv\n0,0,1.5,2.0\n",
}
TOKEN_MEANS = "client_id,mean_input_tokens,mean_output_tokens\n0,100,50\n"


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_is_explained(group: str, option: str) -> None:
    text = list_options(group)[option]
    assert 10 < len(text) < 100, "the first line of the file must be a comment that explains it"


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_builds(group: str, option: str, tmp_path: Path) -> None:
    overrides = [f"{group}={option}"]
    if option in FILES:
        path = tmp_path / "file.csv"
        path.write_text(FILES[option])
        overrides.append(f"workload.path={path}")
    if option == "servegen":
        means = tmp_path / "means.csv"
        means.write_text(TOKEN_MEANS)
        overrides.append(f"workload.token_means={means}")
    cfg = composed(*overrides)
    if group == "profile":
        assert isinstance(build_profile(cfg), ServingProfile)
        return
    made = build(cfg, group)
    if group == "workload":
        assert isinstance(made, Workload)
    elif group == "strategy":
        assert callable(made.place)
    elif group == "objective":
        assert callable(made.gpu_cost)
    elif group == "controller":
        assert callable(made.decide)
    elif group == "scenario":
        assert made == Scenario(), "defaults of the file are those of the class"
    elif group == "deploy":
        assert callable(made.files)
    else:
        assert callable(made.estimate)


def test_columns_of_a_log_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("when,prompt_tokens,output_tokens\n0,10,5\n2000,20,6\n")
    columns = ["workload.columns.timestamp=when", "workload.columns.time_unit=ms"]
    cfg = composed("workload=trace", f"workload.path={path}", *columns)
    assert build(cfg, "workload").rate == pytest.approx(0.5)


def test_the_window_of_a_cascade_is_stated_once() -> None:
    made = build(composed("estimator=cascade", "estimator.twin.window.duration=60"), "estimator")
    assert made.model.window == made.twin.window == Window(60)


def test_the_groups_that_are_promised_exist() -> None:
    assert {"h100_64gb_llama31_8b", "h100_64gb_qwen25_7b", "h100_64gb_llama2_7b"} <= set(
        list_options("profile")
    )
    assert {"adapters", "trace"} <= set(list_options("workload"))
    assert {"greedy", "first_fit", "milp"} <= set(list_options("strategy"))
    assert {"gpu_count", "latency"} <= set(list_options("objective"))
    assert "twin" in list_options("estimator")
    assert {"vllm", "compose", "llm_d", "aibrix", "kserve", "dynamo", "ray", "none"} <= set(
        list_options("deploy")
    )


def test_defaults_of_the_file_are_those_of_the_schema() -> None:
    cfg = composed()
    for key in KEYS:
        assert OmegaConf.select(cfg, key) == attrgetter(key)(PlaceSettings())
    assert set(cfg) == {*GROUPS, *(key.partition(".")[0] for key in KEYS)}
