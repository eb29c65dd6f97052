"""What is known of an engine's costs before it is measured: the nearest measured one, scaled."""

from __future__ import annotations

import math
from dataclasses import replace

from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.datasheet import GPUS, Gpu, gpu
from twin.gpu.engine_semantics import engine_semantics
from twin.gpu.front_end import FrontEnd
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.weights import weight_bytes
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import measured_profiles
from twin.gpu.step_time import StepTime
from twin.scale.scaled_profile import scale_profile

__all__ = ["Costs", "nearest_costs", "prior_doubt"]

Costs = tuple[StepTime, AdapterLoad, FrontEnd]

_OTHER_GPU = 0.5  # distance of two GPUs, in the logarithm of the weights' size
_BY_SIZE = 0.5  # standard deviation for each unit of the logarithm of the models' sizes
_TYPICAL = KNOWN_MODELS["llama31_8b"]  # that the typical sizes of terms are of
_BY_WEIGHTS = ("base", "prefill_token")
_BY_ADAPTER = ("prefill_token_lora", "prefill_token_slot_rank", "adapter_slot_rank")
_BY_LAYERS = ("lora", "adapter", "slot", "slot_rank", "adapter_few", "launch", "launch_lora")


def nearest_costs(
    architecture: Architecture, on: Gpu, engine_version: str, tensor_parallel_size: int = 1
) -> Costs:
    """Costs of the nearest engine that comes with the package, scaled to a model and a GPU.

    Nearest is the one of the same kind of engine (`twin.gpu.engine_semantics`) whose weights have
    most nearly the same size, on the same GPU if there is one. What reads the weights scales with
    their size, what is started for each layer with the number of layers, and what reads adapters
    with layers and hidden size; on another GPU, and on several, as `twin.scale` has it, if there
    is a datasheet.
    Without any such engine every cost is 0, for which a fit starts from its typical size.

    Parameters
    ----------
    architecture : Architecture
        Of the model.
    on : Gpu
    engine_version : str
        vLLM version.
    tensor_parallel_size : int
        GPUs of the engine.

    Raises
    ------
    InputError
        If the version cannot be read, or the nearest model cannot be divided by so many GPUs.
    """
    nearest = _nearest(architecture, on, engine_version)
    if nearest is None:
        always = engine_semantics(engine_version).lora_always
        return StepTime(0.0, 0.0, 0.0, lora_always=always), AdapterLoad(0.0), FrontEnd()
    model = nearest.kv_capacity_model.architecture
    several = tensor_parallel_size != nearest.gpus_per_engine
    if on.name in GPUS and (several or on.name != nearest.gpu):
        nearest = scale_profile(nearest, on, tensor_parallel_size)
    return (
        _for_model(nearest.step_time, model, architecture),
        nearest.adapter_load,
        nearest.front_end,
    )


def prior_doubt(architecture: Architecture, on: Gpu, engine_version: str) -> float:
    """How far `nearest_costs` may be off beside what a GPU's datasheet leaves open.

    Sizes of models are scaled over in good faith only: half the logarithm of their ratio. A model
    of a few layers on a processor's cores has costs of another order than its size says.

    Parameters
    ----------
    architecture : Architecture
        Of the model.
    on : Gpu
    engine_version : str
        vLLM version.

    Returns
    -------
    float
        Standard deviation of the logarithm of every cost.

    Raises
    ------
    InputError
        If the version cannot be read.
    """
    nearest = _nearest(architecture, on, engine_version)
    measured = _TYPICAL if nearest is None else nearest.kv_capacity_model.architecture
    return _BY_SIZE * abs(math.log(weight_bytes(measured) / weight_bytes(architecture)))


def _nearest(architecture: Architecture, on: Gpu, engine_version: str) -> ServingProfile | None:
    semantics = engine_semantics(engine_version)
    return min(
        (
            profile
            for profile in measured_profiles()
            if engine_semantics(profile.engine_version) == semantics
        ),
        key=lambda profile: _distance(profile, architecture, on),
        default=None,
    )


def _distance(profile: ServingProfile, architecture: Architecture, on: Gpu) -> float:
    size = weight_bytes(profile.kv_capacity_model.architecture) / weight_bytes(architecture)
    return abs(math.log(size)) + (0.0 if gpu(profile.gpu).name == on.name else _OTHER_GPU)


def _for_model(step: StepTime, measured: Architecture, other: Architecture) -> StepTime:
    weights = weight_bytes(other) / weight_bytes(measured)
    layers = other.num_layers / measured.num_layers
    adapter = layers * other.hidden_size / measured.hidden_size
    scaled = {
        name: ratio * getattr(step, name)
        for names, ratio in ((_BY_WEIGHTS, weights), (_BY_LAYERS, layers), (_BY_ADAPTER, adapter))
        for name in names
    }
    return replace(step, **scaled)
