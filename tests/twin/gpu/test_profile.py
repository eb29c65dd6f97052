"""Serving profiles: written and read, bundled, and every way in which one can be wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from estimators.testing import example_profile
from twin.files.errors import (
    EngineVersionWarning,
    EstimatedProfileWarning,
    InputError,
    ProfileError,
)
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import (
    SCHEMA_VERSION,
    ServingProfile,
    bundled_profile,
    bundled_profile_names,
)

PROFILE = replace(
    example_profile(),
    uncertainty=0.02,
    overlap_loads=True,
    provenance={"data": "runs.csv", "rows": 12, "accuracy": {"throughput_smape_pct": 1.5}},
)


def write(tmp_path: Path, data: object) -> Path:
    path = tmp_path / "profile.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def test_written_and_read(tmp_path: Path) -> None:
    read = ServingProfile.from_yaml(write(tmp_path, PROFILE.to_dict()))
    assert read == PROFILE
    assert read.provenance == PROFILE.provenance
    assert read.to_dict() == PROFILE.to_dict()
    assert read.fingerprint == PROFILE.fingerprint


def test_what_is_not_known_is_not_written(tmp_path: Path) -> None:
    unknown = replace(PROFILE, price_per_hour=math.nan, idle_watts=math.nan, provenance={})
    data = unknown.to_dict()
    assert "price_per_hour" not in data
    assert "estimated_from" not in data
    read = ServingProfile.from_yaml(write(tmp_path, data))
    assert math.isnan(read.price_per_hour)
    assert read.busy_watts == 600.0


def test_the_file_comes_first_with_its_schema_version() -> None:
    assert next(iter(PROFILE.to_dict().items())) == ("schema_version", SCHEMA_VERSION)


@pytest.mark.parametrize(
    "change",
    [
        {"step_time": PROFILE.step_time.with_terms({"base": 0.02})},
        {"adapter_load": replace(PROFILE.adapter_load, gpu=0.1)},
        {"kv_capacity_model": replace(PROFILE.kv_capacity_model, utilization=0.8)},
        {"scheduler": "v0"},
        {"overlap_loads": False},
        {"max_model_len": 2048},
        {"price_per_hour": 3.0},
    ],
)
def test_fingerprint_tells_predictions_apart(change: dict[str, Any]) -> None:
    assert replace(PROFILE, **change).fingerprint != PROFILE.fingerprint


def test_fingerprint_ignores_what_changes_no_prediction() -> None:
    other = replace(PROFILE, name="another", model_id="elsewhere/model", provenance={})
    assert other.fingerprint == PROFILE.fingerprint


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
        ServingProfile.from_yaml(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(ProfileError, match=r"none\.yaml: cannot be read: No such file"):
        ServingProfile.from_yaml(path)


@pytest.mark.parametrize("content", [b"a: [1\n", b"\xff\xfe", b"a: b: c\n"])
def test_not_yaml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "profile.yaml"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match="is not YAML: ") as error:
        ServingProfile.from_yaml(path)
    assert "\n" not in str(error.value)


def test_yaml_that_runs_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text("!!python/object/apply:os.getcwd []\n")
    with pytest.raises(ProfileError, match="is not YAML"):
        ServingProfile.from_yaml(path)


def test_estimated_profiles_warn(tmp_path: Path) -> None:
    estimated = replace(PROFILE, estimated_from="h100", uncertainty=0.15)
    with pytest.warns(EstimatedProfileWarning, match="scaled from h100, .* uncertain by 15%"):
        read = ServingProfile.from_yaml(write(tmp_path, estimated.to_dict()))
    assert read == estimated


def test_another_engine_version_warns() -> None:
    PROFILE.warn_if_other_engine("0.8.5")
    with pytest.warns(EngineVersionWarning, match=r"measured with vllm 0\.8\.5, not 0\.9\.0"):
        PROFILE.warn_if_other_engine("0.9.0")


def test_engine_config_has_the_defaults_of_the_measurements() -> None:
    assert PROFILE.engine_config(4, 16, 8) == EngineConfig(
        max_loras=4,
        max_lora_rank=16,
        max_cpu_loras=8,
        max_num_seqs=256,
        max_num_batched_tokens=2048,
        block_size=16,
        max_model_len=4096,
    )
    with pytest.raises(InputError, match="max_lora_rank: 12 is not accepted"):
        PROFILE.engine_config(4, 12)


def test_kv_capacity_falls_with_slots_and_rank() -> None:
    tokens = [PROFILE.kv_capacity(slots, 16) for slots in (0, 1, 32, 128)]
    assert tokens == sorted(tokens, reverse=True)
    assert PROFILE.kv_capacity(32, 32) < PROFILE.kv_capacity(32, 8)
    assert PROFILE.kv_capacity(0, 0) == PROFILE.kv_capacity_model.tokens(0, 0, max_num_seqs=256)


def test_memory_error() -> None:
    assert PROFILE.memory_error(PROFILE.engine_config(32, 16)) is None
    too_many = PROFILE.memory_error(PROFILE.engine_config(384, 512))
    assert too_many is not None
    assert "no memory is left for the KV cache" in too_many
    longer = replace(PROFILE.engine_config(32, 16), max_model_len=10_000_000)
    assert "fewer than one request" in str(PROFILE.memory_error(longer))


def test_load_seconds() -> None:
    to_gpu, from_disk = PROFILE.load_seconds(np.array([8, 32]), PROFILE.engine_config(4, 32))
    np.testing.assert_allclose(to_gpu, [0.009, 0.021])
    np.testing.assert_array_equal(from_disk, [0, 0])


def test_other_step_time() -> None:
    faster = PROFILE.step_time.with_terms({"base": 0.001})
    assert PROFILE.with_step_time(faster).step_time == faster


def test_slots_worth_trying_ascend() -> None:
    grid = PROFILE.max_loras_grid
    assert grid[0] == 1
    assert list(grid) == sorted(set(grid))


@pytest.mark.filterwarnings("ignore::twin.files.errors.EstimatedProfileWarning")
@pytest.mark.parametrize("name", bundled_profile_names())
def test_bundled_profiles(name: str) -> None:
    profile = bundled_profile(name)
    assert profile.name == name
    assert profile.memory_error(profile.engine_config(8, 8)) is None
    assert ServingProfile.from_dict(profile.to_dict()) == profile
    assert profile.provenance
    assert profile.price_per_hour > 0
    assert 0 < profile.idle_watts < profile.busy_watts


def test_measured_profiles_are_bundled() -> None:
    measured = {"h100_64gb_llama31_8b", "h100_64gb_qwen25_7b", "h100_64gb_llama2_7b"}
    assert measured <= set(bundled_profile_names())


def test_unknown_bundled_profile() -> None:
    with pytest.raises(ProfileError) as error:
        bundled_profile("h100")
    accepted = ", ".join(bundled_profile_names())
    assert str(error.value) == f"profile: 'h100' is unknown; accepted: {accepted}"


def test_slower_steps() -> None:
    slow = PROFILE.slower(0.25)
    step, slow_step = PROFILE.step_time, slow.step_time
    assert slow_step.base == pytest.approx(1.25 * step.base)
    assert slow_step.adapter == pytest.approx(1.25 * step.adapter)
    assert slow_step.graph_tokens == step.graph_tokens
    assert replace(slow, step_time=step) == PROFILE
