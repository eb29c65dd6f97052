"""Which constants a model gets, and how far the capacity is from what engines printed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.gpu.datasheet import gpu
from twin.gpu.engine_defaults import engine_defaults
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.engines import MEASURED_RESERVES, capacity_model, engine_generation
from twin.gpu.memory.known_models import KNOWN_MODELS, known_model_key

GIB = 2**30
QWEN = KNOWN_MODELS["qwen25_7b"]
LLAMA = KNOWN_MODELS["llama31_8b"]

# Our own start-ups of vLLM 0.22.1 (2026-11-27): dummy weights of Llama-3.1-8B's shape,
# --max-model-len 8192 --max-num-seqs 512, 8192 batched tokens and a utilization of 0.92 by
# default. GPU, its memory in GiB, max_loras, max_lora_rank, KV tokens, model loading in GiB.
OWN_START_UPS = [
    ("H100-80GB", 79.18, 16, 16, 442400, 16.41),
    ("H100-80GB", 79.18, 64, 16, 407312, 20.51),
    ("H100-80GB", 79.18, 32, 64, 360176, 26.02),
    ("H200", 139.8, 16, 16, 899200, 16.41),
    ("H200", 139.8, 32, 64, 816976, 26.02),
    ("H200", 139.8, 8, 8, 908256, 15.36),
]
V0_TOLERANCE, V1_TOLERANCE = 0.08, 0.03


@pytest.mark.parametrize(
    ("version", "generation"),
    [("0.5.0", 0), ("0.7.3", 0), ("0.8.0", 1), ("v0.8.5.post1", 1), ("0.10.1", 1), ("1.0", 1)],
)
def test_v1_is_the_default_from_0_8_on(version: str, generation: int) -> None:
    assert engine_generation(version) == generation


@pytest.mark.parametrize("version", ["", "latest", "8", "x0.8"])
def test_unreadable_versions(version: str) -> None:
    with pytest.raises(InputError, match=r"engine version: .* cannot be read; like"):
        engine_generation(version)


def test_measured_models_have_their_own_constants() -> None:
    model = capacity_model(QWEN, 64 << 30, 0.8, "0.8.5", "qwen25_7b")
    reserves = MEASURED_RESERVES["qwen25_7b", "0.8.5"]
    assert model.reserve_bytes == reserves.always * MIB
    assert model.tuning_bytes == reserves.tuning * MIB
    assert (model.gpu_memory_bytes, model.utilization) == (64 << 30, 0.8)


def test_other_models_have_typical_constants() -> None:
    """The mean of those measured, within a quarter of a GiB of each."""
    for (name, version), reserves in MEASURED_RESERVES.items():
        own = capacity_model(KNOWN_MODELS[name], 64 << 30, 0.9, version, name)
        typical = capacity_model(KNOWN_MODELS[name], 64 << 30, 0.9, version)
        assert own.rules == typical.rules
        assert abs(typical.reserve_bytes - reserves.always * MIB) < 256 * MIB
        assert abs(typical.tuning_bytes - reserves.tuning * MIB) < 16 * MIB


def test_the_context_of_cuda_grows_with_the_gpu_where_it_counts() -> None:
    def reserve(name: str, version: str) -> float:
        entry = gpu(name)
        return capacity_model(LLAMA, entry.memory_bytes, 0.9, version, gpu=entry).reserve_bytes

    assert reserve("T4", "0.8.4") < reserve("RTX-3090", "0.8.4") < reserve("H100-80GB", "0.8.4")
    assert 40e6 < reserve("T4", "0.15.1") < reserve("H100-80GB", "0.15.1") < 110e6
    without_kind = capacity_model(LLAMA, round(23.58 * GIB), 0.9, "0.8.4").reserve_bytes
    assert without_kind == reserve("RTX-3090", "0.8.4"), "the one next in memory"


def test_engines_of_several_gpus_have_buffers_to_talk() -> None:
    one, two = (
        capacity_model(LLAMA, 80 << 30, 0.9, "0.22.1", tensor_parallel_size=n) for n in (1, 2)
    )
    assert two.reserve_bytes > one.reserve_bytes
    tokens = [
        model.tokens(16, 16, max_num_seqs=256, max_num_batched_tokens=2048) for model in (one, two)
    ]
    assert 2.2 < tokens[1] / tokens[0] < 2.6, "half of the weights, and of each token"


@pytest.mark.parametrize(("name", "memory", "slots", "rank", "tokens", "load"), OWN_START_UPS)
def test_our_own_start_ups(
    name: str, memory: float, slots: int, rank: int, tokens: int, load: float
) -> None:
    """Within 0.2 %: the constants that they were used for are three, for six capacities."""
    defaults = engine_defaults("0.22.1", memory, 8192, gpu_name=name, lora=True)
    model = capacity_model(
        LLAMA, round(memory * GIB), defaults.gpu_memory_utilization, "0.22.1", gpu=gpu(name)
    )
    batch = {"max_num_seqs": 512, "max_num_batched_tokens": defaults.max_num_batched_tokens}
    predicted = model.tokens(slots, rank, max_model_len=8192, **batch)
    assert predicted == pytest.approx(tokens, rel=0.002)
    assert model.error(slots, rank, max_model_len=8192, **batch) is None
    assert model.held_bytes(slots, rank) / GIB == pytest.approx(load, abs=0.06)


def test_public_start_ups(cases_dir: Path) -> None:
    """Logs of others: within 3 % under V1, 8 % under V0, and no engine refused that started."""
    with (cases_dir / "memory.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        architecture = KNOWN_MODELS[known_model_key(row["model"])]
        longest = int(row["max_model_len"] or architecture.max_model_len)
        memory, slots = float(row["gpu_memory_gib"]), int(row["max_loras"])
        version, name = row["engine_version"], row["gpu"]
        defaults = engine_defaults(version, memory, longest, gpu_name=name, lora=slots > 0)
        model = capacity_model(
            architecture,
            round(memory * GIB),
            float(row["utilization"]),
            version,
            gpu=gpu(name),
            enforce_eager="eager" in row["certainty"],
        )
        batch = {
            "max_model_len": longest,
            "max_num_seqs": int(row["max_num_seqs"] or defaults.max_num_seqs),
            "max_num_batched_tokens": int(
                row["max_num_batched_tokens"] or defaults.max_num_batched_tokens
            ),
        }
        rank, measured = int(row["max_lora_rank"]), int(row["kv_cache_tokens"])
        tolerance = V1_TOLERANCE if engine_generation(version) else V0_TOLERANCE
        assert model.tokens(slots, rank, **batch) == pytest.approx(measured, rel=tolerance), row
        assert (model.error(slots, rank, **batch) is None) == (measured >= longest), row
