"""What differs between engine versions for the memory of the GPU."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twin.files.errors import InputError
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.kv_capacity import KvCapacityModel

__all__ = ["MEASURED_RESERVES", "Reserves", "capacity_model", "engine_generation"]


@dataclass(frozen=True, slots=True)
class Reserves:
    """Fitted constants of a `KvCapacityModel`, in MiB.

    Parameters
    ----------
    always : float
        CUDA context, libraries and what else is not modeled.
    with_lora : float
        The same, only with LoRA.
    forward : float
        Peak of a forward pass of 2048 tokens; V1 only.
    """

    always: float
    with_lora: float
    forward: float


# Fitted with twin.gpu.memory.fit.fit_kv_capacity to the published start-up logs of arXiv
# 2602.24044 on an H100 of 63.43 GiB: 39, 32, 74 and 21 capacities, all within 0.31 %.
MEASURED_RESERVES = {
    ("llama31_8b", "0.8.5"): Reserves(always=750.05, with_lora=216.04, forward=491.09),
    ("qwen25_7b", "0.8.5"): Reserves(always=727.04, with_lora=226.50, forward=537.75),
    ("llama2_7b", "0.5.0"): Reserves(always=135.08, with_lora=4.26, forward=0.0),
    ("llama2_13b", "0.5.0"): Reserves(always=121.36, with_lora=4.0, forward=0.0),
}
"""Constants by short model name and vLLM version."""

# Means of the above, by engine generation.
_TYPICAL = {
    0: Reserves(always=130.0, with_lora=4.0, forward=0.0),
    1: Reserves(always=740.0, with_lora=220.0, forward=515.0),
}


def engine_generation(version: str) -> int:
    """Engine of a vLLM version: 0 (V0) before 0.8, 1 (V1) from there on, where it is the default.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if not found:
        raise InputError("engine version", f"{version!r} cannot be read", "like 0.8.5")
    return int((int(found[1]), int(found[2])) >= (0, 8))


def capacity_model(
    architecture: Architecture,
    gpu_memory_bytes: int,
    utilization: float,
    engine_version: str,
    model: str = "",
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
    """
    generation = engine_generation(engine_version)
    reserves = MEASURED_RESERVES.get((model, engine_version), _TYPICAL[generation])
    return KvCapacityModel(
        architecture=architecture,
        gpu_memory_bytes=gpu_memory_bytes,
        utilization=utilization,
        engine_generation=generation,
        reserve_bytes=reserves.always * MIB,
        lora_reserve_bytes=reserves.with_lora * MIB,
        forward_bytes=reserves.forward * MIB,
    )
