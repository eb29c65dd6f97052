"""What differs between engine versions and GPUs for the memory that is left."""

from __future__ import annotations

from dataclasses import dataclass

from twin.gpu.datasheet import Gpu, nearest_gpu
from twin.gpu.engine_version import release
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.memory.rules import FLASHINFER_BYTES, memory_rules

__all__ = [
    "COMMUNICATION_BYTES",
    "MEASURED_RESERVES",
    "Reserves",
    "capacity_model",
    "context_bytes",
    "engine_generation",
]

# The context of CUDA grows with the multiprocessors; kernels made for Hopper come on top: 720 MiB
# fit the H100, 337 MiB an RTX 3090.
_CONTEXT_MIB, _CONTEXT_MIB_PER_SM, _HOPPER_MIB = 50.0, 3.5, 208.0
_HOPPER = 9.0
# What an engine adds outside of PyTorch where only that counts: 96 MiB fit the H100.
_ADDED_MIB, _ADDED_MIB_PER_SM = 30.0, 0.5
COMMUNICATION_BYTES = 400.0 * MIB
"""Buffers of NCCL and of vLLM's own all-reduce on each of several GPUs; not measured."""


@dataclass(frozen=True, slots=True)
class Reserves:
    """Fitted constants of a `KvCapacityModel`, in MiB.

    Parameters
    ----------
    always : float
        CUDA context, libraries and what else is not modeled.
    with_lora : float
        The same, only with LoRA.
    tuning : float
        Compiling and trying kernels; V1 only.
    sampler : float
        Bytes per logit at the peak of sampling.
    """

    always: float
    with_lora: float
    tuning: float
    sampler: float = FLASHINFER_BYTES


# Fitted with twin.gpu.memory.fit.fit_kv_capacity to the published start-up logs of arXiv
# 2602.24044 on an H100 of 63.43 GiB: 39, 32, 74 and 21 capacities, all within 0.31 %.
MEASURED_RESERVES = {
    ("llama31_8b", "0.8.5"): Reserves(always=734.05, with_lora=216.04, tuning=323.09),
    ("qwen25_7b", "0.8.5"): Reserves(always=713.04, with_lora=226.50, tuning=315.75),
    ("llama2_7b", "0.5.0"): Reserves(always=135.08, with_lora=4.26, tuning=0.0),
    ("llama2_13b", "0.5.0"): Reserves(always=121.36, with_lora=4.0, tuning=0.0),
}
"""Constants by short model name and vLLM version."""


def _typical(version: str, gpu: Gpu) -> Reserves:
    """Means of the above; and what our own start-ups of 0.22.1 and public logs of others say."""
    rules = memory_rules(version)
    always = 130.0 if rules.reserved else _ADDED_MIB + _ADDED_MIB_PER_SM * gpu.num_sms
    if rules.whole_gpu:
        always = context_bytes(gpu) / MIB
    with_lora = 4.0 if not rules.v1 else 220.0 if rules.whole_gpu else 208.0
    return Reserves(always, with_lora, 320.0 if rules.v1 else 0.0, rules.sampler_bytes)


def context_bytes(gpu: Gpu) -> float:
    """Bytes of CUDA's context and of the kernels that are loaded, about."""
    hopper = _HOPPER_MIB if gpu.compute_capability >= _HOPPER else 0.0
    return (_CONTEXT_MIB + _CONTEXT_MIB_PER_SM * gpu.num_sms + hopper) * MIB


def engine_generation(version: str) -> int:
    """Engine of a vLLM version: 0 (V0) before 0.8, 1 (V1) from there on, where it is the default.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    return int(release(version) >= (0, 8, 0))


def capacity_model(
    architecture: Architecture,
    gpu_memory_bytes: int,
    utilization: float,
    engine_version: str,
    model: str = "",
    *,
    gpu: Gpu | None = None,
    tensor_parallel_size: int = 1,
    fully_sharded_loras: bool = False,
    lora_target_modules: tuple[str, ...] = (),
    enforce_eager: bool = False,
) -> KvCapacityModel:
    """KV capacity of a model on a GPU.

    Parameters
    ----------
    architecture : Architecture
        Sizes of the model.
    gpu_memory_bytes : int
        Memory of the GPU that CUDA reports, in bytes.
    utilization : float
        vLLM's ``gpu_memory_utilization``.
    engine_version : str
        vLLM version.
    model : str
        Short name of the model: its own constants are taken if it was measured with this version
        (`MEASURED_RESERVES`), those typical of the engine otherwise.
    gpu : Gpu, optional
        Its kind, on which the size of CUDA's context depends; the one next in memory by default.
    tensor_parallel_size, fully_sharded_loras, lora_target_modules, enforce_eager
        As in `KvCapacityModel`.

    Raises
    ------
    InputError
        If vLLM refuses the combination.
    """
    typical = _typical(engine_version, gpu or nearest_gpu(gpu_memory_bytes))
    reserves = MEASURED_RESERVES.get((model, engine_version), typical)
    between = COMMUNICATION_BYTES if tensor_parallel_size > 1 else 0.0
    return KvCapacityModel(
        architecture=architecture,
        gpu_memory_bytes=gpu_memory_bytes,
        utilization=utilization,
        engine_version=engine_version,
        reserve_bytes=reserves.always * MIB + between,
        lora_reserve_bytes=reserves.with_lora * MIB,
        tuning_bytes=reserves.tuning * MIB,
        sampler_bytes=reserves.sampler,
        tensor_parallel_size=tensor_parallel_size,
        fully_sharded_loras=fully_sharded_loras,
        lora_target_modules=lora_target_modules,
        enforce_eager=enforce_eager,
    )
