"""The GPU that was measured, and its memory."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS, Gpu, gpu
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.weights import weight_bytes
from twin.measured.row_fields import RowFields

__all__ = ["measured_gpu", "measured_gpus"]

_REST_GIB = 4.0  # of what is neither weights nor cache, more than it takes: the fit tells it
_GIB = ("model_load_gib", "kv_available_gib")


def measured_gpu(
    names: Collection[str],
    asked: str | None,
    kv_capacity: Path | None,
    utilization: float,
    architecture: Architecture,
    tensor_parallel_size: int = 1,
) -> Gpu:
    """GPU type by what the tables call it, or by what was asked for.

    A name without a datasheet is accepted where the table of KV capacities tells the memory that
    the engine took: in bytes, or by the tokens that its cache holds beside the weights.

    Parameters
    ----------
    names : collection of str
        What the tables say; empty texts do not count.
    asked : str or None
        What the user says, which goes before.
    kv_capacity : Path or None
        Table of KV capacities.
    utilization : float
        Share of the memory that the engine may take.
    architecture : Architecture
        Of the model.
    tensor_parallel_size : int
        GPUs of an engine, over which weights and cache are divided.

    Raises
    ------
    InputError
        If no name is known, or several are.
    """
    told = sorted({name for name in names if name})
    if asked is None and len(told) != 1:
        problem = f"the tables name {', '.join(told)}" if told else "the tables name none"
        raise InputError("--gpu", problem, f"give one, like {', '.join(GPUS)}")
    name = told[0] if asked is None else asked
    try:
        return gpu(name)
    except InputError:
        if kv_capacity is None:
            raise
        memory = _memory_gib(kv_capacity, architecture, tensor_parallel_size) / utilization
        if math.isnan(memory):
            raise
    nothing = math.nan
    return Gpu(
        name=name,
        memory_gb=memory,
        memory_gib=memory,
        memory_bandwidth=nothing,
        link_bandwidth=nothing,
        bf16_flops=nothing,
        num_sms=0,
        compute_capability=nothing,
        boost_hz=nothing,
        busy_watts=nothing,
        idle_watts=nothing,
        price_per_hour=nothing,
        price_source="not known",
        source="no datasheet; memory by the engine's start-up log",
    )


def measured_gpus(
    asked: int | None, kv_capacity: Path | None, model: str, engine_version: str
) -> int:
    """GPUs of an engine (``tensor_parallel_size``): as asked for, as the table says, or 1.

    Parameters
    ----------
    asked : int or None
        What the user says.
    kv_capacity : Path or None
        Table of KV capacities, in which a column may say it.
    model, engine_version : str
        Whose rows count.

    Raises
    ------
    InputError
        If the table says several numbers, or another one than is asked for.
    """
    told: set[int] = set()
    if kv_capacity is not None:
        for where, row in csv_rows(kv_capacity, ("model", "vllm_version")):
            if (row["model"], row["vllm_version"]) == (model, engine_version):
                told.add(RowFields(row, where).whole("tensor_parallel_size") or asked or 1)
    if len(told) > 1 or (asked is not None and told - {asked}):
        problem = f"{kv_capacity} has engines of {', '.join(map(str, sorted(told)))} GPUs"
        raise InputError("--tensor-parallel-size", problem, "one folder for each")
    return asked or next(iter(told), 1)


def _memory_gib(path: Path, architecture: Architecture, gpus: int) -> float:
    """Most memory in GiB that weights and KV cache took on a GPU; NaN where no row tells it."""
    totals = []
    for where, row in csv_rows(path, ("kv_cache_tokens",)):
        fields = RowFields(row, where)
        logged = sum(map(fields.number, _GIB))
        cache = fields.number("kv_cache_tokens") * architecture.kv_bytes_per_token
        by_tokens = (weight_bytes(architecture) + cache) / gpus / 2**30 + _REST_GIB
        totals.append(by_tokens if math.isnan(logged) else logged)
    totals = [total for total in totals if not math.isnan(total)]
    return max(totals, default=math.nan)
