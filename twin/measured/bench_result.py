"""Results of ``vllm bench serve --save-result``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.files.input_file import read_input
from twin.measured.run import MeasuredRun
from twin.measured.run_table import run_from_row

__all__ = ["read_bench_result"]

_METADATA = ("vllm_version", "max_loras", "max_lora_rank", "adapter_rank_mix")
_REMEDY = (
    "run vllm bench serve with --metadata vllm_version=0.8.5 max_loras=8 max_lora_rank=16 "
    "adapter_rank_mix='8:4;16:4'"
)


def read_bench_result(path: Path | str) -> MeasuredRun:
    """Run that ``vllm bench serve --save-result`` measured.

    The file tells the model, the request rate, the lengths, the window and the latencies. What it
    does not know of the engine has to be added with ``--metadata``: vllm_version, max_loras,
    max_lora_rank, and adapter_rank_mix (``rank:count;...``; requests are dealt evenly to the
    adapters, as the benchmark deals them to its ``--lora-modules``). ``max_num_seqs`` and
    ``dataset`` may be added.

    Raises
    ------
    InputError
        If the file cannot be read, is no such result, or lacks metadata.
    """
    where = str(path)
    try:
        data = json.loads(read_input(path))
    except json.JSONDecodeError as error:
        raise InputError(where, f"it is not JSON ({error})") from None
    if not isinstance(data, Mapping) or "total_token_throughput" not in data:
        raise InputError(where, "it is no result of vllm bench serve --save-result")
    if missing := [key for key in _METADATA if key not in data]:
        raise InputError(where, f"it lacks {', '.join(missing)}", _REMEDY)
    completed = _positive(data, "completed", where)
    rate = data.get("request_rate")
    if rate in ("inf", math.inf, None):
        raise InputError(f"{where}, key request_rate", f"{rate!r}", "an open loop with a rate")
    row = {
        "run_id": Path(path).stem,
        "model": str(data.get("model_id") or data.get("model") or ""),
        **{key: str(data[key]) for key in _METADATA},
        "rate_counts": _rate_counts(str(data["adapter_rank_mix"]), rate, where),
        "mean_input_tokens": str(_positive(data, "total_input_tokens", where) / completed),
        "mean_output_tokens": str(_positive(data, "total_output_tokens", where) / completed),
        "duration_s": str(_positive(data, "duration", where)),
        "total_throughput_tok_s": str(data["total_token_throughput"]),
        "arrival_process": "poisson_aggregate",
        **{
            key: str(data[key])
            for key in (
                "max_num_seqs",
                "dataset",
                "mean_tpot_ms",
                "mean_itl_ms",
                "mean_ttft_ms",
                "p99_ttft_ms",
            )
            if data.get(key) is not None
        },
    }
    return run_from_row(row, where)


def _rate_counts(mix: str, rate: Any, where: str) -> str:
    """Equal rates of all adapters."""
    counts = [part.rpartition(":")[2] for part in mix.split(";") if part]
    number = sum(to_number(f"{where}, key adapter_rank_mix", c, "rank:count;...") for c in counts)
    if number < 1:
        raise InputError(f"{where}, key adapter_rank_mix", f"{mix!r} has no adapter")
    total = to_number(f"{where}, key request_rate", rate, "requests/s")
    return f"{total / number!r}:{int(number)}"


def _positive(data: Mapping[str, Any], key: str, where: str) -> float:
    value = to_number(f"{where}, key {key}", data.get(key), "a positive number")
    if value <= 0:
        raise InputError(f"{where}, key {key}", f"{value!r} is not positive")
    return value
