"""Fit the reserves of a KvCapacityModel to measured KV capacities."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.engines import capacity_model, engine_generation
from twin.gpu.memory.known_models import known_model
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.memory.measurements import CapacityMeasurement, Table, read_measurements
from twin.gpu.memory.rules import FLASHINFER_BYTES, SORT_BYTES

__all__ = ["CapacityResiduals", "fit_kv_capacity"]

FloatArray = npt.NDArray[np.float64]

_LARGEST_RESERVE_MIB = 16384.0
_MUCH_BETTER = 0.5  # of the squared misfit: else the sampler that the version has by default
_FEW_REQUESTS, _MANY_REQUESTS = 128, 512


@dataclass(frozen=True, slots=True)
class CapacityResiduals:
    """How a fitted model compares with the rows that it was fitted to.

    Parameters
    ----------
    measurements : tuple of CapacityMeasurement
        The n rows, those without a measured capacity included.
    predicted : (n,) float
        Predicted KV capacity in tokens.
    fitted : tuple of str
        Constants that the rows identify; the others keep their defaults.
    standard_errors : (k,) float
        Of the fitted constants, in bytes.
    """

    measurements: tuple[CapacityMeasurement, ...]
    predicted: FloatArray
    fitted: tuple[str, ...]
    standard_errors: FloatArray

    @property
    def measured(self) -> FloatArray:
        """(n,) Measured KV capacity in tokens; NaN where the engine did not get that far."""
        return np.array([row.tokens for row in self.measurements])

    @property
    def relative_error(self) -> FloatArray:
        """(m,) (predicted − measured) / measured of the rows with a measured capacity above 0."""
        known = self.measured > 0
        return np.asarray(self.predicted[known] / self.measured[known] - 1, dtype=np.float64)

    @property
    def memory_error_accuracy(self) -> float:
        """Share of rows whose memory error is predicted right."""
        right = [
            (tokens < row.max_model_len) == row.memory_error
            for tokens, row in zip(self.predicted, self.measurements, strict=True)
        ]
        return float(np.mean(right))


def fit_kv_capacity(
    source: Table,
    model: str,
    engine_version: str,
    *,
    gpu_memory_bytes: int,
    utilization: float = 0.9,
    architecture: Architecture | None = None,
    tensor_parallel_size: int = 1,
) -> tuple[KvCapacityModel, CapacityResiduals]:
    """Fit the reserves of one model and engine version by bounded least squares.

    Where the KV cache stays although slots take more memory, its size was given, and is all that
    is taken from the rows (``kv_cache_memory_bytes``). Else the reserve needs one row, the LoRA
    reserve rows with and without LoRA, what compiling takes rows with few requests and with many;
    a constant that the rows do not identify keeps the value typical of the engine
    (`twin.gpu.memory.engines`). The sampler is the other one than the version has by default
    where that fits much better. The same rows give the same result.

    Parameters
    ----------
    source : path or iterable of mappings
        Table as `twin.gpu.memory.measurements.read_measurements` takes it.
    model, engine_version : str
        Values of the columns model and vllm_version to fit.
    gpu_memory_bytes : int
        Memory of the GPU that CUDA reports, in bytes.
    utilization : float
        vLLM's ``gpu_memory_utilization`` of the measurements.
    architecture : Architecture, optional
        Sizes of the model; looked up by its name by default.
    tensor_parallel_size : int
        GPUs of an engine.

    Returns
    -------
    KvCapacityModel
        With the fitted constants.
    CapacityResiduals
        Over all rows of this model and version.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or has no row with a measured capacity, or the
        model is not known and no architecture is given.
    """
    rows = read_measurements(source, model, engine_version)
    start = capacity_model(
        known_model(model) if architecture is None else architecture,
        gpu_memory_bytes,
        utilization,
        engine_version,
        tensor_parallel_size=tensor_parallel_size,
    )
    usable = [row for row in rows if row.tokens > 0]
    fitted = _identified(usable, engine_generation(engine_version))
    if _is_fixed(start, usable):
        size = usable[0].tokens * start.cache_bytes(1)
        start = dataclasses.replace(start, kv_cache_memory_bytes=round(size))
        fitted = ()
    result, errors, misfit = _solve(start, usable, fitted)
    for size in {FLASHINFER_BYTES, SORT_BYTES} - {start.sampler_bytes}:
        other = _solve(dataclasses.replace(start, sampler_bytes=size), usable, fitted)
        if other[2] < misfit * _MUCH_BETTER:
            result, errors, misfit = other
    predicted = [result.tokens(**_configuration(row)) for row in rows]
    return result, CapacityResiduals(rows, np.array(predicted, dtype=np.float64), fitted, errors)


def _is_fixed(model: KvCapacityModel, rows: Sequence[CapacityMeasurement]) -> bool:
    """Whether the KV cache has a size of its own: it stays although slots take more memory."""
    held = {model.held_bytes(row.max_loras, row.max_lora_rank) for row in rows}
    block = model.kv_layout.block_bytes(model.block_size)
    return len({row.tokens for row in rows}) == 1 and max(held) - min(held) > 2 * block


def _identified(rows: Sequence[CapacityMeasurement], generation: int) -> tuple[str, ...]:
    """Constants that these rows can tell apart."""
    fitted = ["reserve_bytes"]
    if len({row.max_loras > 0 for row in rows}) == 2:
        fitted.append("lora_reserve_bytes")
    requests = [row.max_num_seqs for row in rows]
    if generation == 1 and min(requests) <= _FEW_REQUESTS and max(requests) >= _MANY_REQUESTS:
        fitted.append("tuning_bytes")
    return tuple(fitted)


def _configuration(row: CapacityMeasurement) -> dict[str, Any]:
    names = ("max_loras", "max_lora_rank", "max_num_seqs", "max_num_batched_tokens")
    rest = ("max_model_len", "specialize_active_lora")
    return {name: getattr(row, name) for name in (*names, *rest)}


def _solve(
    start: KvCapacityModel, rows: Sequence[CapacityMeasurement], fitted: tuple[str, ...]
) -> tuple[KvCapacityModel, FloatArray, float]:
    """Model with fitted constants, their standard errors in bytes, and what is left in MiB²."""
    if not fitted:
        return start, np.zeros(0), 0.0
    from scipy.optimize import least_squares  # which takes long to import

    # The engine rounds down to whole blocks: half a block is left on average.
    tokens = np.array([row.tokens for row in rows]) + start.block_size / 2
    held = tokens * start.cache_bytes(1)

    def misfit(mebibytes: FloatArray) -> FloatArray:
        model = _with_constants(start, fitted, mebibytes)
        left = [model.available_bytes(**_configuration(row)) for row in rows]
        return np.asarray((np.array(left) - held) / MIB, dtype=np.float64)

    guess = np.array([getattr(start, name) / MIB for name in fitted])
    solution = least_squares(misfit, guess, bounds=(0.0, _LARGEST_RESERVE_MIB))
    jacobian = np.asarray(solution.jac, dtype=np.float64)
    freedom = max(len(rows) - len(fitted), 1)
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * (2 * solution.cost / freedom)
    rounded = np.asarray(np.round(solution.x, 2), dtype=np.float64)
    errors = np.sqrt(np.diag(covariance)) * MIB
    return _with_constants(start, fitted, rounded), errors, float(solution.cost)


def _with_constants(
    start: KvCapacityModel, names: tuple[str, ...], mebibytes: FloatArray
) -> KvCapacityModel:
    values = {name: float(value) * MIB for name, value in zip(names, mebibytes, strict=True)}
    return dataclasses.replace(
        start,
        reserve_bytes=values.get("reserve_bytes", start.reserve_bytes),
        lora_reserve_bytes=values.get("lora_reserve_bytes", start.lora_reserve_bytes),
        tuning_bytes=values.get("tuning_bytes", start.tuning_bytes),
    )
