"""Objects from the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from estimators.testing import example_profile
from placer.console.build import build
from placer.console.config import (
    build_budget,
    build_problem,
    build_profile,
    build_verifier,
    check_complete,
    read_config,
)
from placer.console.interruption import Interruption
from placer.verification.judges import verification_seeds
from placer.verification.robustness import Robustness
from placer.verification.verify import Verifier
from tests.composed import composed
from twin.files.errors import EstimatedProfileWarning, InputError
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths


def test_limits_of_the_search() -> None:
    cfg = composed("time_limit=5", "max_estimates=7")
    interruption = Interruption(lambda: None)
    budget = build_budget(cfg, interruption)
    assert (budget.time_limit, budget.max_estimates) == (5.0, 7)
    assert not budget.exhausted()
    interruption.requested = True
    assert budget.exhausted()


def test_the_problem_of_one_profile() -> None:
    problem = build_problem(composed("workload.num_adapters=5", "max_gpus=3"))
    assert len(problem.workload) == 5
    assert problem.max_gpus == 3
    (gpu_type,) = problem.fleet
    assert gpu_type.profile.name == "h100_80gb_llama31_8b"
    assert gpu_type.count is None


def test_a_fleet_of_names_and_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(example_profile("mine").to_dict()))
    fleet = f"fleet=[{{profile:h100_64gb_qwen25_7b,count:2}},{{profile:'{path}'}}]"
    problem = build_problem(composed("workload.num_adapters=5", fleet))
    assert [(t.profile.name, t.count) for t in problem.fleet] == [
        ("h100_64gb_qwen25_7b", 2),
        ("mine", None),
    ]


def test_missing_values_are_named() -> None:
    cfg = composed("workload=adapters")
    with pytest.raises(InputError, match=r"workload\.path: it is not given; add workload\.path="):
        check_complete(cfg)


def test_profiles_that_are_none() -> None:
    with pytest.raises(InputError, match=r"profile\.schema_version: 2 is not the version"):
        build_profile(composed("profile.schema_version=2"))


@pytest.mark.parametrize(
    ("profile", "model"),
    [("h100_64gb_qwen25_7b", "qwen-2.5-7b"), ("h100_64gb_llama2_7b", "llama-2-7b")],
)
def test_lengths_are_in_the_tokens_of_the_profiles_model(
    profile: str, model: ShareGptModel
) -> None:
    cfg = composed(f"profile={profile}", "workload.num_adapters=3")
    for adapter in build_problem(cfg).workload.adapters:
        assert adapter.lengths == sharegpt_lengths(model)


ADAPTERS = ("workload.num_adapters=4", "profile=h100_64gb_llama31_8b")


def test_profiles_of_an_entry_share_its_gpus() -> None:
    cfg = composed(
        *ADAPTERS,
        "fleet=[{profiles:[h100_64gb_llama31_8b,h100_64gb_qwen25_7b],names:[a,b]}]",
    )
    problem = build_problem(cfg)
    assert problem.pools.limits == ((("h100_64gb_llama31_8b", "h100_64gb_qwen25_7b"), 2),)
    assert problem.pools.names == ("a", "b")


@pytest.mark.parametrize(
    "entry", ["{count:2}", "{profile:x,profiles:[y]}", "{profiles:[],count:1}"]
)
def test_an_entry_of_the_fleet_names_its_profile(entry: str) -> None:
    with pytest.raises(InputError, match=r"fleet\[0\]"):
        build_problem(composed(*ADAPTERS, f"fleet=[{entry}]"))


def test_rules_come_from_a_file_or_from_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("min_replicas: 2\n")
    assert build_problem(composed(*ADAPTERS, f"rules={path}")).rules.min_replicas == 2
    inline = composed(*ADAPTERS, "rules={max_lora_rank:32}")
    assert build_problem(inline).rules.max_lora_rank == 32
    assert not build_problem(composed(*ADAPTERS)).rules
    with pytest.raises(InputError, match="there is no adapter 'x' in the workload"):
        build_problem(composed(*ADAPTERS, "rules={together:[[x,y]]}"))


def test_how_the_placement_is_verified() -> None:
    assert build_verifier(composed("verify=none")) is False
    assert build_verifier(composed()) == Verifier()
    checked = build_verifier(composed("verify=check", "robustness.arrival_cv=null"))
    assert checked == Verifier(robustness=Robustness(None), repair=False)


def test_the_seed_of_a_run_is_that_of_the_search_and_makes_those_of_the_verification() -> None:
    for chosen in ("estimator=twin", "estimator=cascade"):
        estimator = build(composed(chosen, "seed=4"), "estimator")
        assert estimator.seeds == (4,)
    own = build(composed("seed=4", "estimator.seeds=[0,1]"), "estimator")
    assert own.seeds == (0, 1)
    assert build_verifier(composed("seed=4")) == Verifier(seeds=verification_seeds(4))


@pytest.mark.parametrize("value", ["5", "true", "[1,2]"])
def test_rules_that_are_no_mapping(value: str) -> None:
    with pytest.raises(InputError, match="rules: it is not a mapping; keys: min_replicas"):
        build_problem(composed(f"rules={value}"))


def test_an_estimated_profile_warns_however_it_is_chosen() -> None:
    for chosen in ("profile=l40s_48gb_llama31_8b", "fleet=[{profile:l40s_48gb_llama31_8b}]"):
        with pytest.warns(EstimatedProfileWarning, match="l40s_48gb_llama31_8b was scaled"):
            build_problem(composed(chosen))


def test_a_configuration_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with path.open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(InputError, match="it has 1 GiB; up to 32 MiB are read"):
        read_config(path)
