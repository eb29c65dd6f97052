"""Reading profiles: bundled ones, files, and every way in which a file can be wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from estimators.testing import example_profile
from twin.files.errors import EstimatedProfileWarning, ExtrapolationWarning, ProfileError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import (
    bundled_profile_names,
    measured_profile,
    measured_profiles,
    read_profile,
)

PROFILE = replace(
    example_profile(),
    provenance={"data": "runs.csv", "rows": 12, "accuracy": {"throughput_smape_pct": 1.5}},
)


def write(tmp_path: Path, data: object) -> Path:
    path = tmp_path / "profile.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def test_written_and_read(tmp_path: Path) -> None:
    path = write(tmp_path, PROFILE.to_dict())
    read = read_profile(path)
    assert read == read_profile(str(path))
    assert read == PROFILE
    assert read.provenance == PROFILE.provenance
    assert read.to_dict() == PROFILE.to_dict()
    assert read.fingerprint == PROFILE.fingerprint


def test_a_file_needs_no_ending_and_hides_no_bundled_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = "h100_64gb_llama31_8b"
    for name in ("mine", bundled):
        write(tmp_path, PROFILE.to_dict()).rename(name)
    assert read_profile("mine") == PROFILE
    assert read_profile(bundled).name == bundled


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: {k: v for k, v in data.items() if k != key}


def with_value(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda data: {**data, key: value}


def inside(part: str, key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda data: {**data, part: {**data[part], key: value}}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without("schema_version"), "schema_version: None is not the version that this release"),
        (with_value("schema_version", 99), "schema_version: 99 is not the version that this rel"),
        (without("name"), "name: is missing"),
        (without("scheduler"), "scheduler: is missing"),
        (without("step_time"), "step_time: is missing"),
        (without("kv_capacity"), "kv_capacity: is missing"),
        (with_value("colour", 1), "colour: unknown key; accepted: name, model, gpu, "),
        (with_value("kv_capacity_model", {}), "kv_capacity_model: unknown key; accepted: "),
        (lambda data: {**data, 5: 1}, "5: unknown key; accepted: "),
        (with_value("step_time", 0.1), "step_time: 0.1 is not a mapping of keys to values"),
        (with_value("adapter_load", None), "adapter_load: None is not a mapping of keys to va"),
        (with_value("kv_capacity", []), "kv_capacity: [] is not a mapping of keys to values"),
        (with_value("engine_version", 0.8), "engine_version: 0.8 is not a text; put it in quo"),
        (with_value("name", ""), "name: '' is not a text; put it in quotes"),
        (with_value("gpu", None), "gpu: None is not a text; put it in quotes"),
        (with_value("scheduler", "v2"), "example: scheduler: 'v2'; v0 or v1"),
        (with_value("largest_rank", 12), "example: largest_rank: 12; accepted: 1, 8, 16, 32"),
        (with_value("largest_rank", [8]), "example: largest_rank: [8]; accepted: 1, 8, 16"),
        (with_value("max_model_len", 0), "example: max_model_len: 0 is not a positive integer"),
        (with_value("max_num_seqs", True), "example: max_num_seqs: True is not a positive int"),
        (with_value("block_size", 16.0), "example: block_size: 16.0 is not a positive integer"),
        (with_value("max_num_batched_tokens", "2k"), "example: max_num_batched_tokens: '2k' is"),
        (with_value("price_per_hour", -1), "example: price_per_hour: -1 is not a number >= 0"),
        (with_value("price_per_hour", "cheap"), "example: price_per_hour: 'cheap' is not a nu"),
        (with_value("busy_watts", math.inf), "example: busy_watts: inf is not a number >= 0"),
        (with_value("uncertainty", True), "example: uncertainty: True is not a number >= 0"),
        (with_value("overlap_loads", "yes"), "example: overlap_loads: 'yes' is not true or fa"),
        (with_value("estimated_from", 5), "example: estimated_from: 5 is not a text"),
        (with_value("provenance", "me"), "example: provenance: 'me' is not a mapping"),
        (inside("step_time", "base", -1.0), "step_time.base: -1.0 is negative or not finite"),
        (inside("step_time", "base", 0), "step_time.base: 0 s, but each step of an engine takes"),
        (inside("step_time", "bse", 1.0), "step_time.bse: unknown key; accepted: "),
        (inside("adapter_load", "gpu", "x"), "adapter_load.gpu: 'x' is not a number >= 0"),
        (inside("kv_capacity", "gpu_memory_bytes", "64G"), "gpu_memory_bytes: '64G' is not a p"),
        (inside("kv_capacity", "utilization", 90), "utilization: 90 is not in (0, 1]"),
        (inside("kv_capacity", "architecture", 5), "kv_capacity.architecture: 5 is not a mapp"),
        (inside("kv_capacity", "architecture", {}), "kv_capacity.architecture: missing head_s"),
        (inside("kv_capacity", "reserve", 5), "kv_capacity: unknown reserve; known: archi"),
        (lambda data: [data], "is not a mapping of keys to values"),
        (lambda data: None, "is not a mapping of keys to values"),
    ],
)
def test_damaged_files(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], message: str
) -> None:
    path = write(tmp_path, damage(PROFILE.to_dict()))
    with pytest.raises(ProfileError) as error:
        read_profile(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(ProfileError, match=r"none\.yaml: there is no such file"):
        read_profile(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: [1\n", "it is not YAML"),
        (b"\xff{", "byte 0xff is not UTF-8"),
        (b"a: b: c\n", "it is not YAML"),
    ],
)
def test_not_yaml(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "profile.yaml"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match=problem) as error:
        read_profile(path)
    assert "\n" not in str(error.value)


def test_yaml_that_runs_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text("!!python/object/apply:os.getcwd []\n")
    with pytest.raises(ProfileError, match="is not YAML"):
        read_profile(path)


def test_estimated_profiles_warn(tmp_path: Path) -> None:
    estimated = replace(PROFILE, estimated_from="h100", uncertainty=0.15)
    with pytest.warns(EstimatedProfileWarning, match="scaled from h100, .* uncertain by 15%"):
        read = read_profile(write(tmp_path, estimated.to_dict()))
    assert read == estimated


@pytest.mark.filterwarnings("ignore::twin.files.errors.EstimatedProfileWarning")
@pytest.mark.parametrize("name", bundled_profile_names())
def test_bundled_profiles(name: str) -> None:
    profile = read_profile(name)
    assert profile.name == name
    assert profile.memory_error(profile.engine_config(8, 8)) is None
    assert ServingProfile.from_dict(profile.to_dict()) == profile
    assert profile.provenance
    assert profile.price_per_hour > 0
    assert 0 < profile.idle_watts < profile.busy_watts


def test_measured_profiles_are_bundled() -> None:
    measured = {"h100_64gb_llama31_8b", "h100_64gb_qwen25_7b", "h100_64gb_llama2_7b"}
    assert measured <= set(bundled_profile_names())


def test_a_name_that_no_profile_has() -> None:
    with pytest.raises(ProfileError) as error:
        read_profile("h100")
    accepted = f"{', '.join(bundled_profile_names())}, or a YAML file"
    assert str(error.value) == f"profile: 'h100' is unknown; accepted: {accepted}"


@pytest.mark.parametrize("name", ["a" * 5000, "a" * 5000 + ".yaml", "a\0b"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    with pytest.raises(ProfileError):
        read_profile(name)


@pytest.mark.filterwarnings("ignore::twin.files.errors.EstimatedProfileWarning")
def test_every_bundled_profile_names_a_repository() -> None:
    for name in bundled_profile_names():
        owner, _, model = read_profile(name).model_id.partition("/")
        assert owner, name
        assert model, name


def test_measured_profiles_by_what_they_were_measured_with() -> None:
    profiles = measured_profiles()
    assert all(profile.estimated_from == "" for profile in profiles)
    llama2 = measured_profile(profiles, "llama-2-7b", "0.5.0")
    assert llama2 is not None
    assert llama2.scheduler == "v0"
    assert measured_profile(profiles, llama2.model_id, "0.5.0", "another GPU") == llama2
    assert measured_profile(profiles, "llama-2-7b", "0.6.0") is None


def test_of_several_gpus_the_table_says_which() -> None:
    one = read_profile("h100_64gb_llama2_7b")
    profiles = (one, replace(one, gpu="H200"))
    of = one.model, one.engine_version
    assert measured_profile(profiles, *of) is None
    assert measured_profile(profiles, *of, "H200-141GB") == profiles[1]


def test_ranks_that_the_original_was_not_made_for_warn(tmp_path: Path) -> None:
    name = "h100_64gb_llama31_8b"
    original = read_profile(name)
    path = tmp_path / "wider.yaml"
    wider = replace(original, largest_rank=512, estimated_from="")
    path.write_text(yaml.safe_dump(wider.to_dict()))
    with pytest.warns(ExtrapolationWarning, match=f"{name} was made for ranks up to 32: .*=512"):
        assert read_profile(path) == original
