"""Adapters that change places: times of single requests whose adapter is not on the GPU."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.measured.row_fields import RowFields

__all__ = ["SWAP_COLUMNS", "AdapterSwap", "read_swaps"]

_KINDS = ("swap_median", "resident")
SWAP_COLUMNS = ("model", "vllm_version", "max_loras", "max_lora_rank", "ttft_swap_median_ms")


@dataclass(frozen=True, slots=True)
class AdapterSwap:
    """Seconds by which a request waits for its adapter.

    Parameters
    ----------
    max_loras, max_lora_rank : int
        Slots of the engine.
    seconds : float
        Median time to the first token with a load, less the one without.
    """

    max_loras: int
    max_lora_rank: int
    seconds: float


def read_swaps(path: Path, model: str, engine_version: str) -> list[AdapterSwap]:
    """Rows of one model and version that measured both times.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is not acceptable.
    """
    swaps = []
    for where, row in csv_rows(path, (*SWAP_COLUMNS, "ttft_resident_ms")):
        if (row["model"], row["vllm_version"]) != (model, engine_version):
            continue
        fields = RowFields(row, where)
        swap, resident = (_seconds(fields, f"ttft_{kind}_ms") for kind in _KINDS)
        if math.isnan(swap) or math.isnan(resident):
            continue  # it could not be told
        slots, rank = fields.whole("max_loras"), fields.whole("max_lora_rank")
        if swap > resident:
            swaps.append(AdapterSwap(slots, rank, swap - resident))
    return swaps


def _seconds(fields: RowFields, column: str) -> float:
    """A time that was measured, or NaN."""
    return math.nan if fields.text(column).strip().lower() == "nan" else fields.seconds(column)
