"""Reserves are found again in capacities made with them, and generalize to unseen rows."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.fit import fit_kv_capacity
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel

MEMORY = 64 << 30


def made_with(model: KvCapacityModel, max_num_seqs: tuple[int, ...]) -> list[dict[str, Any]]:
    """Rows that an engine would print that behaves like the model."""
    return [
        {
            "model": "qwen25_7b",
            "vllm_version": model.engine_version,
            "max_loras": slots,
            "max_lora_rank": rank,
            "max_num_seqs": n,
            "max_model_len": 32768,
            "kv_cache_tokens": model.tokens(slots, rank, max_num_seqs=n),
        }
        for slots, rank in ((0, 0), (1, 8), (16, 16), (32, 32), (100, 8), (384, 64))
        for n in max_num_seqs
    ]


def test_constants_are_found_again() -> None:
    truth = replace(
        capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.5"),
        reserve_bytes=1000.0 * MIB,
        lora_reserve_bytes=100.0 * MIB,
        tuning_bytes=700.0 * MIB,
    )
    rows = made_with(truth, (64, 256, 2048))
    model, residuals = fit_kv_capacity(rows, "qwen25_7b", "0.8.5", gpu_memory_bytes=MEMORY)
    assert residuals.fitted == ("reserve_bytes", "lora_reserve_bytes", "tuning_bytes")
    for name, error in zip(residuals.fitted, residuals.standard_errors, strict=True):
        assert getattr(model, name) == pytest.approx(getattr(truth, name), abs=2 * MIB)
        assert abs(getattr(model, name) - getattr(truth, name)) < 4 * error + 0.02 * MIB
    assert np.abs(residuals.relative_error).max() < 1e-4
    assert residuals.memory_error_accuracy == 1.0
    assert 0 in residuals.measured, "the case has no engine without memory"


def test_what_the_rows_do_not_tell_keeps_its_default() -> None:
    start = capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.5")
    rows = made_with(replace(start, reserve_bytes=900.0 * MIB), (256,))
    model, residuals = fit_kv_capacity(rows, "qwen25_7b", "0.8.5", gpu_memory_bytes=MEMORY)
    assert residuals.fitted == ("reserve_bytes", "lora_reserve_bytes")
    assert model.tuning_bytes == start.tuning_bytes
    with_lora = [row for row in rows if row["max_loras"]]
    model, residuals = fit_kv_capacity(with_lora, "qwen25_7b", "0.8.5", gpu_memory_bytes=MEMORY)
    assert residuals.fitted == ("reserve_bytes",)
    assert model.lora_reserve_bytes == start.lora_reserve_bytes


def test_v0_has_no_forward_pass_to_fit() -> None:
    truth = replace(
        capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.8, "0.5.0"), reserve_bytes=500.0 * MIB
    )
    rows = made_with(truth, (64, 2048))
    model, residuals = fit_kv_capacity(
        rows, "qwen25_7b", "0.5.0", gpu_memory_bytes=MEMORY, utilization=0.8
    )
    assert residuals.fitted == ("reserve_bytes", "lora_reserve_bytes")
    assert model.reserve_bytes == pytest.approx(truth.reserve_bytes, abs=2 * MIB)


def test_own_architecture() -> None:
    truth = capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.5")
    rows = [{**row, "model": "mine"} for row in made_with(truth, (256,))]
    with pytest.raises(InputError, match="model: 'mine' is not known"):
        fit_kv_capacity(rows, "mine", "0.8.5", gpu_memory_bytes=MEMORY)
    model, _ = fit_kv_capacity(
        rows, "mine", "0.8.5", gpu_memory_bytes=MEMORY, architecture=truth.architecture
    )
    assert model.architecture == truth.architecture


def test_the_same_rows_give_the_same_result() -> None:
    rows = made_with(capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.5"), (64, 1024))
    one, other = (
        fit_kv_capacity(rows, "qwen25_7b", "0.8.5", gpu_memory_bytes=MEMORY)[0] for _ in range(2)
    )
    assert one == other


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("llama-3.1-8b-instruct", "0.8.5"),
        ("qwen-2.5-7b-instruct", "0.8.5"),
        ("llama-2-7b", "0.5.0"),
        ("llama-2-13b", "0.5.0"),
    ],
)
def test_half_of_the_measurements_tell_the_other_half(
    reference_dir: Path, model: str, version: str
) -> None:
    """Within 1 % of the capacity, and the memory error right."""
    with (reference_dir / "kv_capacity.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["model"], row["vllm_version"]) == (model, version)
        ]
    order = np.random.default_rng(0).permutation(len(rows))
    half = [rows[i] for i in order[: len(rows) // 2]]
    memory = round(63.43 * 2**30)
    fitted, residuals = fit_kv_capacity(half, model, version, gpu_memory_bytes=memory)
    assert np.abs(residuals.relative_error).max() < 0.01
    for i in order[len(rows) // 2 :]:
        row = rows[i]
        tokens = fitted.tokens(
            int(row["max_loras"]), int(row["max_lora_rank"]), max_num_seqs=int(row["max_num_seqs"])
        )
        assert (tokens < int(row["max_model_len"])) == (row["memory_error"] == "1"), row
        assert tokens == pytest.approx(float(row["kv_cache_tokens"] or 0), rel=0.01), row


def test_a_cache_of_a_given_size_is_noticed() -> None:
    """As on a CPU, where slots take other memory than the cache."""
    start = capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.5")
    rows = [{**row, "kv_cache_tokens": 18720} for row in made_with(start, (256,))[:3]]
    model, residuals = fit_kv_capacity(rows, "qwen25_7b", "0.8.5", gpu_memory_bytes=MEMORY)
    assert model.kv_cache_memory_bytes == 18720 * 56 * 1024
    assert residuals.fitted == ()
    assert np.abs(residuals.relative_error).max() == 0


def test_the_other_sampler_is_noticed() -> None:
    """Rows of an engine that pip installed, where the version is taken to run in its image."""
    start = capacity_model(KNOWN_MODELS["qwen25_7b"], MEMORY, 0.9, "0.8.4")
    truth = replace(start, sampler_bytes=38.0)
    rows = [{**row, "vllm_version": "0.8.4"} for row in made_with(truth, (64, 256, 2048))]
    model, residuals = fit_kv_capacity(rows, "qwen25_7b", "0.8.4", gpu_memory_bytes=MEMORY)
    assert start.sampler_bytes == 14
    assert model.sampler_bytes == 38
    assert np.abs(residuals.relative_error).max() < 1e-3
