"""Where a fit starts: all of a profile but the costs that runs tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twin.calibrate.adapter_load_fit import fit_adapter_load, fit_load_api
from twin.calibrate.engine_flags import EngineFlags, engine_flags
from twin.calibrate.prior import Costs, nearest_costs
from twin.calibrate.settings import Settings
from twin.calibrate.tables import Tables
from twin.files.errors import InputError
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.engine_semantics import engine_semantics
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.fit import fit_kv_capacity
from twin.gpu.memory.known_models import known_model_key
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.profile import ServingProfile
from twin.measured.run import MeasuredRun

__all__ = ["start_profile"]


def start_profile(
    tables: Tables, settings: Settings, runs: Sequence[MeasuredRun]
) -> ServingProfile:
    """Profile whose costs are the prior of the fit, and whose other facts the tables tell.

    Raises
    ------
    InputError
        If a table cannot be read, a value is not acceptable, or the engine's flags are not known.
    """
    gpu, base = settings.gpu, settings.base
    flags = engine_flags(tables, settings, runs)
    semantics = engine_semantics(settings.engine_version)
    step_time, adapter_load, front_end = _costs(settings)
    start = ServingProfile(
        name=settings.name,
        model=settings.model,
        gpu=gpu.name,
        engine_name="vllm",
        engine_version=settings.engine_version,
        scheduler=semantics.scheduler,
        max_model_len=flags.max_model_len,
        largest_rank=flags.largest_rank,
        max_num_seqs=flags.max_num_seqs,
        max_num_batched_tokens=flags.max_num_batched_tokens,
        block_size=16,
        step_time=step_time,
        adapter_load=adapter_load,
        front_end=front_end,
        kv_capacity_model=_kv_capacity(tables, settings, flags),
        async_scheduling=semantics.async_scheduling,
        hold_slots=semantics.hold_slots,
        reserve_prompts=semantics.reserve_prompts,
        specialize_active_lora=flags.specialize_active_lora,
        price_per_hour=gpu.price_per_hour * settings.tensor_parallel_size,
        idle_watts=gpu.idle_watts * settings.tensor_parallel_size,
        busy_watts=gpu.busy_watts * settings.tensor_parallel_size,
        model_id=settings.model_id or ("" if base is None else base.model_id),
    )
    loads = _loads(tables, settings, adapter_load)
    return replace(start, adapter_load=loads)


def _costs(settings: Settings) -> Costs:
    base = settings.base
    if base is not None:
        return base.step_time, base.adapter_load, base.front_end
    return nearest_costs(
        *(settings.architecture, settings.gpu, settings.engine_version),
        settings.tensor_parallel_size,
    )


def _loads(tables: Tables, settings: Settings, known: AdapterLoad) -> AdapterLoad:
    """Loads as measured, and as known before where they were not."""
    of = settings.model, settings.engine_version
    if tables.adapter_load is not None:
        return fit_adapter_load(tables.adapter_load, *of) or known
    if tables.load_api is not None:
        disk = fit_load_api(tables.load_api, *of)
        if disk is not None:
            return replace(known, disk=disk[0], disk_per_rank=disk[1])
    return known


def _kv_capacity(tables: Tables, settings: Settings, flags: EngineFlags) -> KvCapacityModel:
    gpu = settings.gpu
    if tables.kv_capacity is not None:
        model, _ = fit_kv_capacity(
            tables.kv_capacity,
            settings.model,
            settings.engine_version,
            gpu_memory_bytes=gpu.memory_bytes,
            utilization=flags.gpu_memory_utilization,
            architecture=settings.architecture,
            tensor_parallel_size=settings.tensor_parallel_size,
        )
        return model
    if settings.base is not None:
        return settings.base.kv_capacity_model.scaled(gpu.memory_gib)
    return capacity_model(
        settings.architecture,
        gpu.memory_bytes,
        flags.gpu_memory_utilization,
        settings.engine_version,
        _known_key(settings.model),
        tensor_parallel_size=settings.tensor_parallel_size,
    )


def _known_key(model: str) -> str:
    """Short name of a model that the package knows, or nothing."""
    try:
        return known_model_key(model)
    except InputError:
        return ""
