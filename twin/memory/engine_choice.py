"""The engine that the options of ``python -m twin.memory`` ask about."""

from __future__ import annotations

import argparse
import math
import warnings
from dataclasses import dataclass, replace

from twin.files.errors import InputError
from twin.gpu.datasheet import Gpu, gpu, nearest_gpu
from twin.gpu.engine_defaults import engine_defaults
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.engines import MEASURED_RESERVES, capacity_model
from twin.gpu.memory.hugging_face import architecture_from_config
from twin.gpu.memory.known_models import known_model, known_model_key
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.memory.rules import FLASHINFER_BYTES, SORT_BYTES
from twin.gpu.read_profile import read_profile

__all__ = ["DEFAULT_GPU", "DEFAULT_VERSION", "SAMPLERS", "Engine", "choose_engine"]

_GIB = 2**30
DEFAULT_GPU = "H100-80GB"
DEFAULT_VERSION = "0.22.1"
SAMPLERS = {"flashinfer": FLASHINFER_BYTES, "torch": SORT_BYTES}
"""Bytes per logit by the name of what draws tokens."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What is asked about.

    Parameters
    ----------
    title, origin : str
        What it is, and where the constants of its memory are from.
    model : KvCapacityModel
        Its memory.
    max_num_seqs, max_num_batched_tokens, max_model_len : int
        Requests and tokens of the largest batch, and the longest request in tokens.
    specialize_active_lora : bool
        As `twin.gpu.engine_config.EngineConfig` has it.
    """

    title: str
    origin: str
    model: KvCapacityModel
    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int
    specialize_active_lora: bool


def choose_engine(arguments: argparse.Namespace) -> Engine:
    """Engine by the options of the command line.

    Raises
    ------
    InputError
        If an option is out of range, or a model, GPU or profile is not known.
    """
    if arguments.profile is not None:
        engine = _of_profile(arguments)
    else:
        engine = _of_architecture(arguments)
    capacity = engine.model
    if arguments.utilization is not None:
        capacity = replace(capacity, utilization=arguments.utilization)
    if arguments.sampler is not None:
        capacity = replace(capacity, sampler_bytes=SAMPLERS[arguments.sampler])
    return replace(
        engine,
        model=capacity,
        max_num_seqs=_given(arguments.max_num_seqs, engine.max_num_seqs),
        max_num_batched_tokens=_given(
            arguments.max_num_batched_tokens, engine.max_num_batched_tokens
        ),
    )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _max_model_len(arguments: argparse.Namespace, default: int) -> int:
    length = _given(arguments.max_model_len, default)
    if length < 1:
        raise InputError("max_model_len", f"{length} is below 1")
    return length


def _of_profile(arguments: argparse.Namespace) -> Engine:
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        profile = read_profile(arguments.profile)
        if arguments.engine_version is not None:
            profile.warn_if_other_engine(arguments.engine_version)
    origin = f"reserves of profile {profile.name}"
    origin += "".join(f"; {doubt.message}" for doubt in doubts)
    model = profile.kv_capacity_model
    if arguments.gpu is not None or arguments.gpu_memory_gib is not None:
        model = model.scaled(_memory_gib(arguments))
        origin += ", scaled to another GPU's memory"
    return Engine(
        title=f"{profile.model} on {profile.gpu}, {profile.engine_name} {profile.engine_version}",
        origin=origin,
        model=replace(
            model,
            tensor_parallel_size=_given(
                arguments.tensor_parallel_size, model.tensor_parallel_size
            ),
            fully_sharded_loras=arguments.fully_sharded_loras or model.fully_sharded_loras,
            lora_target_modules=arguments.lora_target_modules or model.lora_target_modules,
            enforce_eager=arguments.enforce_eager or model.enforce_eager,
            architecture=_cached_as(model.architecture, arguments.kv_cache_dtype),
        ),
        max_num_seqs=profile.max_num_seqs,
        max_num_batched_tokens=profile.max_num_batched_tokens,
        max_model_len=_max_model_len(arguments, profile.max_model_len),
        specialize_active_lora=arguments.specialize_active_lora or profile.specialize_active_lora,
    )


def _of_architecture(arguments: argparse.Namespace) -> Engine:
    version = arguments.engine_version or DEFAULT_VERSION
    if arguments.model is not None:
        name = known_model_key(arguments.model)
        architecture = _cached_as(known_model(arguments.model), arguments.kv_cache_dtype)
    else:
        name = str(arguments.config)
        architecture = architecture_from_config(
            arguments.config, kv_cache_dtype=arguments.kv_cache_dtype
        )
    if arguments.quantization == "fp8" and not architecture.weight_bits:
        architecture = replace(architecture, weight_bits=8)
    memory_gib, kind = _memory_gib(arguments), _kind(arguments)
    longest = _max_model_len(arguments, architecture.max_model_len)
    defaults = engine_defaults(
        version,
        memory_gib,
        longest,
        gpu_name="" if kind is None else kind.name,
        lora=any(arguments.slots),
    )
    if arguments.gpu:
        where = gpu(arguments.gpu).name
    else:
        where = DEFAULT_GPU if arguments.gpu_memory_gib is None else "a GPU"
    model = capacity_model(
        architecture,
        round(memory_gib * _GIB),
        defaults.gpu_memory_utilization,
        version,
        name,
        gpu=kind,
        tensor_parallel_size=_given(arguments.tensor_parallel_size, 1),
        fully_sharded_loras=arguments.fully_sharded_loras,
        lora_target_modules=arguments.lora_target_modules,
        enforce_eager=arguments.enforce_eager,
    )
    if arguments.sampler is not None:
        model = replace(model, sampler_bytes=SAMPLERS[arguments.sampler])
    return Engine(
        title=f"{name} on {where}, vLLM {version}",
        origin=_origin(name, model, kind),
        model=model,
        max_num_seqs=defaults.max_num_seqs,
        max_num_batched_tokens=defaults.max_num_batched_tokens,
        max_model_len=longest,
        specialize_active_lora=arguments.specialize_active_lora,
    )


def _cached_as(architecture: Architecture, kv_cache_dtype: str) -> Architecture:
    if kv_cache_dtype == "auto":
        return architecture
    return replace(architecture, kv_entry_bytes=1)


def _origin(name: str, model: KvCapacityModel, kind: Gpu | None) -> str:
    """Where the constants are from, and what of them was assumed."""
    version, rules = model.engine_version, model.rules
    if (name, version) in MEASURED_RESERVES:
        return "fitted to measurements of this model and version on an H100"
    text = "those typical of this version, not measured for this model"
    if rules.sampler_by_image:
        image = model.sampler_bytes == rules.sampler_bytes
        taken = "flashinfer, as in vLLM's images" if image else "torch, as installed by pip"
        text += f"; sampler {taken} (see --sampler)"
    if kind is None:
        text += f"; CUDA's context is that of the {nearest_gpu(model.gpu_memory_bytes).name}"
    return text


def _kind(arguments: argparse.Namespace) -> Gpu | None:
    """GPU type; None where only its memory is given."""
    if arguments.gpu is None and arguments.gpu_memory_gib is not None:
        return None
    return gpu(arguments.gpu or DEFAULT_GPU)


def _memory_gib(arguments: argparse.Namespace) -> float:
    if arguments.gpu_memory_gib is None:
        return gpu(arguments.gpu or DEFAULT_GPU).memory_gib
    memory = float(arguments.gpu_memory_gib)
    if not 0 < memory < math.inf:
        raise InputError("gpu_memory_gib", f"{memory!r} is not a positive number")
    return memory
