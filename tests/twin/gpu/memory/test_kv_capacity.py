"""KV capacity against what vLLM printed at its start, and its bounds.

The measured figures are from start-up logs published with arXiv 2602.24044 (repository
FerranAgulloLopez/GPULLMAdapterOptimization, commit bae36e2): an H100 of 63.43 GiB,
gpu_memory_utilization 0.9.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS, known_model_key
from twin.gpu.memory.kv_capacity import KvCapacityModel

MEMORY = round(63.43 * 2**30)
OUT_OF_MEMORY = 0

# model, vLLM, max_loras, max_lora_rank, max_num_seqs, KV tokens, whether the engine refused
MEASURED = [
    ("llama31_8b", "0.8.5", 0, 0, 50, 334944, False),
    ("llama31_8b", "0.8.5", 0, 0, 400, 333248, False),
    ("llama31_8b", "0.8.5", 0, 0, 1000, 324832, False),
    ("llama31_8b", "0.8.5", 1, 8, 2048, 307952, False),
    ("llama31_8b", "0.8.5", 8, 16, 2048, 302000, False),
    ("llama31_8b", "0.8.5", 64, 32, 2048, 215104, False),
    ("llama31_8b", "0.8.5", 96, 32, 2048, 168064, False),
    ("llama31_8b", "0.8.5", 128, 32, 2048, 120912, True),
    ("llama31_8b", "0.8.5", 192, 16, 2048, 163456, False),
    ("llama31_8b", "0.8.5", 192, 32, 2048, 28576, True),
    ("llama31_8b", "0.8.5", 224, 32, 2048, OUT_OF_MEMORY, True),
    ("llama31_8b", "0.8.5", 256, 16, 2048, 114768, True),
    ("llama31_8b", "0.8.5", 300, 8, 220, 209664, False),
    ("llama31_8b", "0.8.5", 384, 8, 2048, 154240, False),
    ("llama31_8b", "0.8.5", 384, 16, 2048, 19328, True),
    ("llama31_8b", "0.8.5", 384, 32, 2048, OUT_OF_MEMORY, True),
    ("qwen25_7b", "0.8.5", 0, 0, 50, 778016, False),
    ("qwen25_7b", "0.8.5", 0, 0, 2048, 711200, False),
    ("qwen25_7b", "0.8.5", 1, 32, 2048, 705008, False),
    ("qwen25_7b", "0.8.5", 32, 32, 2048, 601664, False),
    ("qwen25_7b", "0.8.5", 96, 32, 2048, 430432, False),
    ("qwen25_7b", "0.8.5", 192, 16, 2048, 430432, False),
    ("qwen25_7b", "0.8.5", 384, 8, 2048, 430432, False),
    ("qwen25_7b", "0.8.5", 224, 32, 2048, 67136, False),
    ("qwen25_7b", "0.8.5", 256, 32, 2048, OUT_OF_MEMORY, True),
    ("qwen25_7b", "0.8.5", 352, 16, 2048, 202528, False),
    ("llama2_7b", "0.5.0", 0, 0, 4096, 82528, False),
    ("llama2_7b", "0.5.0", 1, 8, 50, 89904, False),
    ("llama2_7b", "0.5.0", 1, 8, 4096, 82336, False),
    ("llama2_7b", "0.5.0", 64, 64, 4096, 41248, False),
    ("llama2_7b", "0.5.0", 128, 64, 4096, 48, True),
    ("llama2_7b", "0.5.0", 232, 32, 4096, 5472, False),
    ("llama2_7b", "0.5.0", 236, 32, 4096, 3168, True),
    ("llama2_7b", "0.5.0", 440, 16, 4096, 4352, False),
    ("llama2_7b", "0.5.0", 444, 16, 4096, 3872, True),
    ("llama2_7b", "0.5.0", 832, 8, 4096, 5008, False),
    ("llama2_7b", "0.5.0", 840, 8, 4096, 3040, True),
    ("llama2_7b", "0.5.0", 880, 8, 4096, OUT_OF_MEMORY, True),
    ("llama2_13b", "0.5.0", 1, 8, 4096, 37152, False),
    ("llama2_13b", "0.5.0", 96, 32, 4096, 6032, False),
    ("llama2_13b", "0.5.0", 112, 32, 4096, OUT_OF_MEMORY, True),
    ("llama2_13b", "0.5.0", 192, 16, 4096, 4704, False),
    ("llama2_13b", "0.5.0", 208, 16, 4096, 1232, True),
    ("llama2_13b", "0.5.0", 352, 8, 4096, 4432, False),
    ("llama2_13b", "0.5.0", 368, 8, 4096, 2736, True),
]


def model_of(name: str, version: str) -> KvCapacityModel:
    return capacity_model(KNOWN_MODELS[name], MEMORY, 0.9, version, name)


MODEL = model_of("llama31_8b", "0.8.5")


@pytest.mark.parametrize(
    ("name", "version", "max_loras", "rank", "max_num_seqs", "measured", "refused"), MEASURED
)
def test_measured_capacities(
    name: str,
    version: str,
    max_loras: int,
    rank: int,
    max_num_seqs: int,
    measured: int,
    refused: bool,
) -> None:
    model = model_of(name, version)
    tokens = model.tokens(max_loras, rank, max_num_seqs=max_num_seqs)
    assert tokens == pytest.approx(measured, rel=0.01)
    assert tokens % model.block_size == 0
    error = model.error(
        max_loras,
        rank,
        max_model_len=model.architecture.max_model_len,
        max_num_seqs=max_num_seqs,
    )
    assert (error is not None) == refused


def test_every_measured_capacity_and_memory_error(reference_dir: Path) -> None:
    with (reference_dir / "kv_capacity.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 200
    worst = 0.0
    for row in rows:
        model = model_of(known_model_key(row["model"]), row["vllm_version"])
        slots, rank = int(row["max_loras"]), int(row["max_lora_rank"])
        batch: dict[str, Any] = {
            "max_num_seqs": int(row["max_num_seqs"]),
            "max_num_batched_tokens": int(row["max_num_batched_tokens"] or 2048),
        }
        error = model.error(slots, rank, max_model_len=int(row["max_model_len"]), **batch)
        assert (error is not None) == (row["memory_error"] == "1"), row
        tokens = model.tokens(slots, rank, **batch)
        measured = float(row["kv_cache_tokens"] or 0)
        assert (tokens > 0) == (measured > 0), row
        if measured:
            worst = max(worst, abs(tokens / measured - 1))
    assert worst < 0.005


@given(
    st.sampled_from(sorted({(name, version) for name, version, *_ in MEASURED})),
    st.integers(0, 400),
    st.sampled_from([8, 16, 32]),
    st.sampled_from([1, 64, 256, 2048]),
)
def test_tokens_are_the_whole_blocks_of_what_is_left(
    which: tuple[str, str], slots: int, rank: int, max_num_seqs: int
) -> None:
    model = model_of(*which)
    left = model.available_bytes(slots, rank, max_num_seqs=max_num_seqs)
    tokens = model.tokens(slots, rank, max_num_seqs=max_num_seqs)
    block = model.block_size * model.architecture.kv_bytes_per_token
    assert tokens == max(0, math.floor(left / block)) * model.block_size


def test_slots_and_ranks_take_at_least_their_tensors() -> None:
    """And no more than a few per cent of what is lost in segments."""
    one = MODEL.available_bytes(1, 16, max_num_seqs=256)
    many = MODEL.available_bytes(101, 16, max_num_seqs=256)
    tensors = 100 * MODEL.slot_bytes(16)
    assert tensors <= one - many < 1.1 * tensors


def test_more_requests_take_more_memory() -> None:
    left = [MODEL.available_bytes(8, 16, max_num_seqs=n) for n in (256, 1024, 2048)]
    assert left == sorted(left, reverse=True)


def test_utilization_and_memory_count_in_full() -> None:
    more = replace(MODEL, gpu_memory_bytes=MODEL.gpu_memory_bytes + 10_000_000)
    gained = more.available_bytes(0, 0, max_num_seqs=64) - MODEL.available_bytes(
        0, 0, max_num_seqs=64
    )
    assert gained == pytest.approx(9_000_000)


def test_scaled_to_another_gpu() -> None:
    h200 = MODEL.scaled(139.8, utilization=0.95)
    assert h200.gpu_memory_bytes == round(139.8 * 2**30)
    assert h200.utilization == 0.95
    assert h200.reserve_bytes == MODEL.reserve_bytes
    assert MODEL.scaled(63.43) == MODEL
    with pytest.raises(InputError, match="gpu_memory_gib: nan is not a positive number"):
        MODEL.scaled(math.nan)


def test_error_says_what_is_missing() -> None:
    limits = {"max_model_len": 131072, "max_num_seqs": 2048}
    assert MODEL.error(8, 16, **limits) is None
    assert MODEL.error(128, 32, **limits) == (
        f"the KV cache holds {MODEL.tokens(128, 32, max_num_seqs=2048)} tokens with 128 adapter "
        "slots of rank 32, fewer than one request of max_model_len (131072)"
    )
    held = MODEL.held_bytes(384, 32) / 2**30
    assert MODEL.error(384, 32, **limits) == (
        "no memory is left for the KV cache: weights and 384 adapter slots of rank 32 take "
        f"{held:.1f} of 63.4 GiB"
    )
    assert "no LoRA" in str(MODEL.scaled(10.0).error(0, 0, **limits))


def test_read_and_written() -> None:
    assert KvCapacityModel.from_dict(MODEL.to_dict()) == MODEL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine_generation": 2}, "kv_capacity: unknown engine_generation; known: "),
        ({"lora_target_modules": "q_proj"}, "kv_capacity.lora_target_modules: 'q_proj' is not a"),
        ({"gpu": 1}, "kv_capacity: unknown gpu; known: architecture, "),
        ({1e300: 1, "gpu": 1}, "kv_capacity: unknown 1e+300, gpu; known: "),
        ({"architecture": 3}, "kv_capacity.architecture: 3 is not a mapping"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        KvCapacityModel.from_dict({**MODEL.to_dict(), **change})
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("key", ["architecture", "gpu_memory_bytes"])
def test_missing(key: str) -> None:
    data = MODEL.to_dict()
    del data[key]
    with pytest.raises(InputError, match=f"^kv_capacity: missing {key}$"):
        KvCapacityModel.from_dict(data)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_loras": -1, "max_lora_rank": 8}, "max_loras: -1 is negative"),
        ({"max_loras": 1, "max_lora_rank": 9}, "max_lora_rank: 9 is not accepted by vLLM"),
        ({"max_num_seqs": 0}, "max_num_seqs: 0 is below 1"),
        ({"max_num_batched_tokens": 0}, "max_num_batched_tokens: 0 is below 1"),
    ],
)
def test_refused_engines(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        MODEL.tokens(**{"max_loras": 0, "max_lora_rank": 0, "max_num_seqs": 1, **arguments})


def test_a_cache_of_a_given_size() -> None:
    """As long as there is room for it."""
    fixed = replace(MODEL, kv_cache_memory_bytes=2**30)
    for slots in (0, 8, 64):
        assert fixed.tokens(slots, 16, max_num_seqs=256) == 2**30 // 131072
    assert fixed.tokens(384, 32, max_num_seqs=256) == 0
    assert KvCapacityModel.from_dict(fixed.to_dict()) == fixed


def test_windows_decide_what_one_request_needs() -> None:
    """Gemma 2 9B keeps all of a request in 21 layers, and 4,096 tokens of it in the others."""
    model = capacity_model(KNOWN_MODELS["gemma2_9b"], 40 << 30, 0.9, "0.22.1")
    assert model.request_tokens(4096, 2048) == 4096
    assert 4096 < model.request_tokens(8192, 2048) < 8192
    earlier = replace(model, engine_version="0.8.5")
    assert earlier.request_tokens(8192, 2048) == 8192
    batch = {"max_num_seqs": 256, "max_num_batched_tokens": 2048}
    room = model.tokens(0, 0, max_model_len=8192, **batch)
    tight = replace(
        model, gpu_memory_bytes=round((40 << 30) - model.cache_bytes(room - 7500) / 0.9)
    )
    assert tight.tokens(0, 0, max_model_len=8192, **batch) < 8192
    assert tight.error(0, 0, max_model_len=8192, **batch) is None
