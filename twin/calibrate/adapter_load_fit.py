"""Adapter load times from a table of measured loads, by linear least squares."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.gpu.adapter_load import AdapterLoad
from twin.measured.row_fields import RowFields

__all__ = ["API_COLUMNS", "REQUIRED_COLUMNS", "fit_adapter_load", "fit_load_api"]

REQUIRED_COLUMNS = (
    "model",
    "vllm_version",
    "max_lora_rank",
    "adapter_rank",
    "load_from_memory_mean_ms",
    "load_from_disk_mean_ms",
)


_PLACES = ("memory", "disk")
API_COLUMNS = ("model", "vllm_version", "adapter_rank", "median_ms")
"""Columns of a table of calls of ``/v1/load_lora_adapter``, which read an adapter from disk."""


def fit_adapter_load(path: Path | str, model: str, engine_version: str) -> AdapterLoad | None:
    """Fit load times of one model and engine version.

    The time to the GPU is a constant, and another one for adapters whose rank is below
    ``max_lora_rank``; the time from disk is linear in the rank. A row whose ``max_lora_rank`` is
    not known counts as one without padding.

    Returns
    -------
    AdapterLoad or None
        None where the table has no load to the GPU of this model and version.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is not acceptable.
    """
    to_gpu: list[tuple[float, float]] = []
    from_disk: list[tuple[float, float]] = []
    for where, row in csv_rows(path, REQUIRED_COLUMNS):
        if (row["model"], row["vllm_version"]) != (model, engine_version):
            continue
        fields = RowFields(row, where)
        rank, slot_rank = fields.number("adapter_rank"), fields.number("max_lora_rank")
        gpu, disk = (fields.seconds(f"load_from_{place}_mean_ms") for place in _PLACES)
        if not math.isnan(gpu):
            to_gpu.append((float(rank < slot_rank), gpu))
        if not math.isnan(disk):
            from_disk.append((rank, disk))
    if not to_gpu:
        return None
    gpu, padding = _line(to_gpu)
    disk, disk_per_rank = _line(from_disk) if from_disk else (0.0, 0.0)
    return AdapterLoad(gpu=gpu, gpu_padding=padding, disk=disk, disk_per_rank=disk_per_rank)


def fit_load_api(path: Path, model: str, engine_version: str) -> tuple[float, float] | None:
    """Seconds that a call to load an adapter takes: fixed, and per unit of its rank.

    Returns
    -------
    tuple of float, or None
        None where the table has none of this model and version.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is not acceptable.
    """
    rows = (
        RowFields(row, where)
        for where, row in csv_rows(path, API_COLUMNS)
        if (row["model"], row["vllm_version"]) == (model, engine_version)
    )
    points = [(fields.number("adapter_rank"), fields.seconds("median_ms")) for fields in rows]
    points = [point for point in points if not any(map(math.isnan, point))]
    return _line(points) if points else None


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Constant and slope, neither negative, of the relative least squares."""
    from scipy.optimize import nnls  # which takes long to import

    x, y = np.array(points).T
    if np.any(y <= 0):
        raise InputError("adapter loads", f"{y.min() * 1e3!r} ms is not positive")
    design = np.stack([np.ones_like(x), x], axis=1) / y[:, None]
    (constant, slope), _ = nnls(design, np.ones_like(y))
    return float(f"{constant:.4g}"), float(f"{slope:.4g}")
