"""Serving profiles: as plain data, and what they say of an engine."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimators.testing import example_profile
from twin.files.errors import EngineVersionWarning, InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import SCHEMA_VERSION, ServingProfile

PROFILE = replace(
    example_profile(),
    uncertainty=0.02,
    overlap_loads=True,
    provenance={"data": "runs.csv", "rows": 12, "accuracy": {"throughput_smape_pct": 1.5}},
)


def test_written_and_read() -> None:
    read = ServingProfile.from_dict(PROFILE.to_dict())
    assert read == PROFILE
    assert read.provenance == PROFILE.provenance
    assert read.to_dict() == PROFILE.to_dict()
    assert read.fingerprint == PROFILE.fingerprint


def test_engines_that_launch_kernels_for_active_adapters_alone() -> None:
    with pytest.raises(InputError, match=r"specialize_active_lora: .* always launches all LoRA"):
        replace(PROFILE, specialize_active_lora=True)
    spares = PROFILE.with_step_time(replace(PROFILE.step_time, lora_always=False))
    profile = replace(spares, specialize_active_lora=True)
    assert ServingProfile.from_dict(profile.to_dict()) == profile
    assert profile.engine_config(8, 16).specialize_active_lora
    assert not profile.engine_config(0, 0).specialize_active_lora
    assert "specialize_active_lora" not in spares.to_dict()
    graphs = replace(profile.kv_capacity_model, engine_version="0.22.1")
    captures = replace(profile, kv_capacity_model=graphs)
    config = captures.engine_config(8, 16)
    usual = replace(config, specialize_active_lora=False)
    assert captures.kv_tokens(config) < captures.kv_tokens(usual), "more graphs are captured"


def test_what_is_not_known_is_not_written() -> None:
    unknown = replace(PROFILE, price_per_hour=math.nan, idle_watts=math.nan, provenance={})
    data = unknown.to_dict()
    assert "price_per_hour" not in data
    assert "estimated_from" not in data
    read = ServingProfile.from_dict(data)
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


def test_slower_steps() -> None:
    slow = PROFILE.slower(0.25)
    step, slow_step = PROFILE.step_time, slow.step_time
    assert slow_step.base == pytest.approx(1.25 * step.base)
    assert slow_step.adapter == pytest.approx(1.25 * step.adapter)
    assert slow_step.graph_tokens == step.graph_tokens
    assert replace(slow, step_time=step) == PROFILE
