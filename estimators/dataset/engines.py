"""Engines drawn at random, for a model that is to answer for every engine.

What belongs together is scaled together. A machine has a speed, and its memory, its tensor cores,
its host and its kernels for adapters are faster or slower than that by smaller factors. Every term
of the step time is the usual one of an 8 B model on an H100, times these, times a factor of its
own. Weights, KV cache and adapter slots are those of a public model on a number of GPUs, whose
size lengthens the terms that read it. How the engine schedules, and which terms there are at all,
follows from a version of vLLM.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import get_args

import numpy as np

from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.engine_semantics import EngineSemantics, engine_semantics
from twin.gpu.front_end import FrontEnd
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.memory.weights import weight_bytes
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime
from twin.sources.sharegpt import ShareGptModel

__all__ = ["TERMS", "Term", "draw_engine"]


class Part(Enum):
    """What a term waits for."""

    MEMORY = "memory"
    COMPUTE = "tensor cores"
    HOST = "host"
    KERNELS = "kernels for adapters"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the step time, as it is drawn.

    Parameters
    ----------
    usual : float
        Seconds per unit.
    part : Part
    before, since : float
        How often it is there: in versions that start LoRA's kernels for every batch, and in later
        ones.
    v0 : float
        Factor on it where the V0 engine schedules.
    """

    usual: float
    part: Part
    before: float = 1.0
    since: float = 1.0
    v0: float = 1.0


TERMS = {
    "base": Term(0.01, Part.MEMORY),
    "decode": Term(3e-5, Part.MEMORY, v0=5.0),
    "prefill_token": Term(3.5e-5, Part.COMPUTE, v0=2.0),
    "kv_token": Term(1.2e-8, Part.MEMORY, v0=5.0),
    "eager": Term(2.5e-3, Part.HOST, 0.7, 0.15),
    "eager_adapter": Term(1e-4, Part.HOST, 0.6, 0.1),
    "scheduler_running": Term(5e-6, Part.HOST, 0.15, 0.15),
    "scheduler_waiting": Term(7e-8, Part.HOST, 0.9, 0.95),
    "scheduler_skipped": Term(2.5e-7, Part.HOST, 0.8, 0.95),
    "lora": Term(1e-3, Part.HOST, 0.9, 0.9),
    "slot": Term(1.2e-5, Part.KERNELS, 0.9, 0.9),
    "slot_rank": Term(1.2e-7, Part.KERNELS, 0.1, 0.8),
    "decode_slot": Term(1.8e-7, Part.KERNELS, 0.7, 0.85),
    "prefill_token_slot": Term(1.8e-7, Part.KERNELS, 0.7, 0.85),
    "prefill_token_lora": Term(1.2e-5, Part.KERNELS, 0.7, 0.85),
    "prefill_token_slot_rank": Term(1.2e-7, Part.KERNELS, 0.7, 0.85),
    "adapter": Term(2.5e-4, Part.KERNELS, 0.95, 0.95),
    "adapter_slot_rank": Term(5e-6, Part.MEMORY, 0.8, 0.9),
    "adapter_rank": Term(2e-6, Part.MEMORY, 0.15, 0.1),
    "adapter_prefill_token": Term(1e-7, Part.KERNELS, 0.7, 0.85),
    "prefill": Term(4.5e-3, Part.HOST, 0.1, 0.85),
    "adapter_few": Term(5e-5, Part.KERNELS, 0.1, 0.8),
    "adapter_narrow": Term(8e-5, Part.KERNELS, 0.1, 0.8),
    "launch": Term(0.024, Part.HOST, 0.1, 0.8),
    "launch_lora": Term(0.016, Part.HOST, 0.1, 0.8),
}
"""Terms in seconds, as `twin.gpu.step_time.StepTime` has them."""

_SPEED, _PART, _OWN = 3.0, 2.0, 2.0  # largest factors of a machine, of a part of it, and of a term
_GROWS_WITH_WEIGHTS = ("base", "prefill_token", "adapter_slot_rank", "adapter_rank")
_USUAL_WEIGHTS, _USUAL_KV = 16e9, 131_072  # bytes, and bytes/token, of an 8 B model
_FIXED_SHARE = 0.25  # of a step of that model, which does not wait for its weights
_VERSIONS = ("0.5.0", "0.6.6", "0.8.5", "0.8.5", "0.10.2", "0.12.0", "0.22.1", "0.22.1", "0.33.0")
_MODELS = (
    *("llama32_1b", "llama32_3b", "llama2_7b", "llama31_8b", "llama31_8b", "llama2_13b"),
    *("qwen25_1_5b", "qwen25_7b", "qwen25_7b", "qwen25_14b", "qwen25_32b", "mistral_nemo_12b"),
    *("qwen3_4b", "qwen3_14b", "phi4", "llama31_70b", "qwen25_72b"),
)
_GPUS = (1, 2, 4, 8)
_MOST_WEIGHTS = 60e9  # bytes on one GPU
_LEAST_MEMORY, _MOST_MEMORY = 16e9, 288e9  # bytes of a GPU
_LEAST_FREE = 1.3  # memory of a GPU over its weights
_RANKS = (16, 32, 64, 128, 256, 320, 512)
_SEQS = (64, 128, 256, 512, 1024, 2048, 4096)
_BUDGETS = (512, 1024, 2048, 4096, 8192, 16_384)
_LONGEST = (2048, 4096, 8192, 16_384, 32_768, 131_072)  # tokens of a request
_BLOCKS = (16, 16, 16, 8, 32, 64)
_TRIES = 200


def draw_engine(rng: np.random.Generator) -> ServingProfile:
    """An engine of which a configuration with one small slot starts.

    Parameters
    ----------
    rng : numpy.random.Generator
    """
    for _ in range(_TRIES):
        profile = _draw(rng)
        if profile.memory_error(profile.engine_config(1, 16)) is None:
            return profile
    raise RuntimeError("no engine that was drawn starts.")


def _draw(rng: np.random.Generator) -> ServingProfile:
    version = str(rng.choice(_VERSIONS))
    semantics = engine_semantics(version)
    memory = _memory(version, rng)
    longest = memory.architecture.max_model_len
    lengths = [tokens for tokens in _LONGEST if tokens <= longest]
    seqs = int(rng.choice(_SEQS))
    speed = _factor(_SPEED, rng)
    parts = {part: speed * _factor(_PART, rng) for part in Part}
    return ServingProfile(
        name="drawn",
        model=str(rng.choice(get_args(ShareGptModel))),
        gpu="drawn",
        engine_name="vllm",
        engine_version=version,
        scheduler=semantics.scheduler,
        max_model_len=int(rng.choice(lengths)),
        largest_rank=int(rng.choice(_RANKS)),
        max_num_seqs=seqs,
        max_num_batched_tokens=max(seqs, int(rng.choice(_BUDGETS))),
        block_size=memory.block_size,
        step_time=_step_time(memory, semantics, parts, rng),
        adapter_load=_adapter_load(memory, parts[Part.HOST], rng),
        kv_capacity_model=memory,
        overlap_loads=bool(rng.random() < 0.1),
        async_scheduling=semantics.async_scheduling,
        hold_slots=semantics.hold_slots,
        reserve_prompts=semantics.reserve_prompts,
        front_end=FrontEnd(request=_sometimes(0.6, 5e-3 * _factor(5.0, rng), rng)),
    )


def _factor(most: float, rng: np.random.Generator) -> float:
    """From one over ``most`` to ``most``, evenly in its logarithm."""
    return float(most ** rng.uniform(-1, 1))


def _sometimes(share: float, value: float, rng: np.random.Generator) -> float:
    return value if rng.random() < share else 0.0


def _memory(version: str, rng: np.random.Generator) -> KvCapacityModel:
    architecture = KNOWN_MODELS[str(rng.choice(_MODELS))]
    weights = weight_bytes(architecture)
    dividing = [g for g in _GPUS if architecture.num_kv_heads % g == 0]
    fitting = [g for g in dividing if weights / g <= _MOST_WEIGHTS]
    gpus = fitting[min(len(fitting) - 1, int(rng.geometric(0.7)) - 1)]
    least = max(_LEAST_MEMORY, _LEAST_FREE * weights / gpus)
    return KvCapacityModel(
        architecture,
        round(least * (_MOST_MEMORY / least) ** rng.random()),
        utilization=float(rng.uniform(0.8, 0.95)),
        block_size=int(rng.choice(_BLOCKS)),
        engine_version=version,
        tensor_parallel_size=gpus,
    )


def _step_time(
    memory: KvCapacityModel,
    semantics: EngineSemantics,
    parts: dict[Part, float],
    rng: np.random.Generator,
) -> StepTime:
    size = weight_bytes(memory.architecture) / memory.tensor_parallel_size / _USUAL_WEIGHTS
    seconds = {}
    for name, term in TERMS.items():
        value = term.usual * parts[term.part] * _factor(_OWN, rng)
        if name in _GROWS_WITH_WEIGHTS:
            value *= _FIXED_SHARE + (1 - _FIXED_SHARE) * size
        if name == "kv_token":
            value *= _kv_bytes(memory.shard) / _USUAL_KV
        if semantics.scheduler == "v0":
            value *= term.v0
        there = term.before if semantics.lora_always else term.since
        seconds[name] = _sometimes(there, value, rng)
    return StepTime(
        **seconds,
        graph_tokens=int(rng.choice((128, 256, 512, 512, 512, 1024))),
        few_tokens=int(rng.choice((64, 128, 128, 256))),
        lora_always=semantics.lora_always,
    )


def _kv_bytes(architecture: Architecture) -> int:
    """Bytes of a token in the KV cache."""
    a = architecture
    return 2 * a.num_layers * a.num_kv_heads * a.head_size * a.dtype_bytes


def _adapter_load(memory: KvCapacityModel, host: float, rng: np.random.Generator) -> AdapterLoad:
    per_rank = memory.slot_bytes(16) / 16 / (12e9 * _factor(3.0, rng))
    return AdapterLoad(
        gpu=4e-3 * host * _factor(3.0, rng),
        gpu_per_rank=_sometimes(0.5, per_rank, rng),
        gpu_padding=_sometimes(0.4, 8e-4 * host * _factor(2.0, rng), rng),
    )
