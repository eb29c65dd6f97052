"""Measured KV capacities: the rows of a table that a capacity model can be fitted to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.field_value import to_number

__all__ = ["CapacityMeasurement", "Table", "read_measurements"]

Table = Path | str | Iterable[Mapping[str, Any]]
"""A CSV file, or its rows."""

_CONFIGURATION = ("max_loras", "max_lora_rank", "max_num_seqs", "max_model_len")
_OPTIONAL = ("max_num_batched_tokens", "memory_error", "specialize_active_lora")
_MOST = 2**40
_REQUIRED = ("model", "vllm_version", *_CONFIGURATION, "kv_cache_tokens")


@dataclass(frozen=True, slots=True)
class CapacityMeasurement:
    """What one start of an engine printed about its KV cache.

    Parameters
    ----------
    max_loras, max_lora_rank : int
        Adapter slots and the rank that they are sized for; 0 without LoRA.
    max_num_seqs, max_num_batched_tokens, max_model_len : int
        Requests and tokens of the largest batch, and the longest request in tokens.
    tokens : float
        KV capacity in tokens; 0 when nothing was left, NaN when it did not get that far.
    memory_error : bool
        The engine refused to start.
    specialize_active_lora : bool
        It was started with ``--specialize-active-lora``.
    """

    max_loras: int
    max_lora_rank: int
    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int
    tokens: float
    memory_error: bool
    specialize_active_lora: bool = False


def read_measurements(
    source: Table, model: str, engine_version: str
) -> tuple[CapacityMeasurement, ...]:
    """Rows of one model and engine version.

    Parameters
    ----------
    source : path or iterable of mappings
        Table with the columns model, vllm_version, max_loras, max_lora_rank, max_num_seqs,
        max_model_len, kv_cache_tokens and, where present, max_num_batched_tokens (2048 where
        empty), memory_error, specialize_active_lora (1 where on), foreign_process_on_gpu. Rows
        measured beside another process on the GPU are left out.
    model, engine_version : str
        Values of the columns model and vllm_version.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column or has a value that is not a number, or no row
        of this model and version has a KV capacity.
    """
    where, table = _read(source)
    if missing := [name for name in _REQUIRED if table and name not in table[0]]:
        raise InputError(where, f"missing column {', '.join(missing)}")
    rows = tuple(
        _measurement(entry, f"{where}, row {number}")
        for number, entry in enumerate(table, start=2)
        if (entry["model"], entry["vllm_version"]) == (model, engine_version)
        and str(entry.get("foreign_process_on_gpu") or 0) in ("0", "0.0")
    )
    if not any(row.tokens > 0 for row in rows):
        raise InputError(
            where,
            f"no row of {model} on vLLM {engine_version} has kv_cache_tokens",
            "at least one start of the engine that got as far as its KV cache",
        )
    return rows


def _read(source: Table) -> tuple[str, list[Mapping[str, Any]]]:
    if not isinstance(source, Path | str):
        return "measurements", list(source)
    return str(source), [row for _, row in csv_rows(source, _REQUIRED)]


def _measurement(entry: Mapping[str, Any], where: str) -> CapacityMeasurement:
    numbers = {
        name: _number(entry.get(name), f"{where}, column {name}")
        for name in (*_CONFIGURATION, "kv_cache_tokens", *_OPTIONAL)
    }
    for name in _CONFIGURATION:
        if not numbers[name].is_integer():
            raise InputError(f"{where}, column {name}", f"{entry[name]!r} is not a whole number")
    tokens, batched = numbers["kv_cache_tokens"], numbers["max_num_batched_tokens"]
    error = numbers["memory_error"]
    return CapacityMeasurement(
        max_loras=int(numbers["max_loras"]),
        max_lora_rank=int(numbers["max_lora_rank"]),
        max_num_seqs=int(numbers["max_num_seqs"]),
        max_num_batched_tokens=2048 if math.isnan(batched) else int(batched),
        max_model_len=int(numbers["max_model_len"]),
        tokens=tokens,
        memory_error=not tokens >= numbers["max_model_len"] if math.isnan(error) else error == 1,
        specialize_active_lora=numbers["specialize_active_lora"] == 1,
    )


def _number(value: Any, where: str) -> float:
    """Value of a cell; NaN if it is empty, or says so."""
    if value is None or value == "" or value != value:
        return math.nan
    number = to_number(where, value, "a number, or nothing")
    if not 0 <= number <= _MOST:
        raise InputError(where, f"{value!r} is out of range", f"0 to {_MOST}")
    return number
