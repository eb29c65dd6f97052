"""Results of ``vllm bench serve --save-result``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from twin.files.errors import InputError, ToolkitWarning
from twin.files.field_value import to_number
from twin.files.input_file import read_input
from twin.files.plain_data import parse_json
from twin.measured.bench_client import BenchClient
from twin.measured.bench_fields import BenchFields
from twin.measured.record_table import refuse_records
from twin.measured.run import MeasuredRun
from twin.measured.run_table import run_from_row

__all__ = ["read_bench_results"]

_METADATA = ("vllm_version", "max_loras", "max_lora_rank", "adapter_rank_mix")
_REMEDY = (
    "run vllm bench serve with --metadata vllm_version=0.8.5 max_loras=8 max_lora_rank=16 "
    "adapter_rank_mix='8:4;16:4'"
)
_MARKS = {"completed", "total_input_tokens", "total_output_tokens"}  # of any version's results
_OPTIONAL = ("max_num_seqs", "mean_tpot_ms", "mean_itl_ms", "mean_ttft_ms", "p99_ttft_ms")
_MOST_ADAPTERS = 1_000_000
_MOST_FAILED = 0.05  # share of the requests, beyond which the figures are not those of the rest


def read_bench_results(path: Path | str) -> list[MeasuredRun]:
    """Runs that ``vllm bench serve --save-result`` measured.

    The file is an object, or with ``--append-result`` an object in each line. It tells the model,
    how requests were sent, their lengths, the duration and the latencies; with ``--save-detailed``
    the lengths of each request, and since vLLM 0.11 when it was sent. What it does not know of the
    engine has to be added with ``--metadata``: vllm_version, max_loras, max_lora_rank, and
    adapter_rank_mix (``rank:count;...``; requests are dealt evenly to the adapters, as the
    benchmark deals them to its ``--lora-modules``). ``max_num_seqs`` and ``dataset`` may be added;
    without a dataset and details, requests are alike if both means are whole numbers.

    Raises
    ------
    InputError
        If the file cannot be read, is no such result, lacks metadata, or holds a run that cannot
        be replayed: one of whose requests many failed, or whose client held requests back before
        an engine with fewer slots than that.

    Warns
    -----
    ToolkitWarning
        If some requests failed, or only the means of their lengths are known.
    """
    results = list(_objects(path))
    if not results:
        raise InputError(str(path), "it holds no result of vllm bench serve --save-result")
    stem = Path(path).stem
    single = len(results) == 1
    return [
        _run(where, data, stem if single else f"{stem}-{number}")
        for number, (where, data) in enumerate(results, start=1)
    ]


def _objects(path: Path | str) -> Iterator[tuple[str, object]]:
    """Results of a file, and where they stand."""
    where, text = str(path), read_input(path)
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip().endswith("}"):
        for number, line in lines:
            place = f"{where}, line {number}"
            yield place, parse_json(line, place)
        return
    data = parse_json(text, where)
    if isinstance(data, list):
        yield from ((f"{where}, entry {n}", entry) for n, entry in enumerate(data, start=1))
    else:
        yield where, data


def _run(where: str, data: object, name: str) -> MeasuredRun:
    refuse_records(where, data)
    if not isinstance(data, Mapping) or not data.keys() >= _MARKS:
        raise InputError(where, "it is no result of vllm bench serve --save-result")
    if missing := [key for key in _METADATA if key not in data]:
        raise InputError(where, f"it lacks {', '.join(missing)}", _REMEDY)
    model = str(data.get("model_id") or data.get("model") or "").strip()
    if not model:
        raise InputError(f"{where}, key model_id", "it is missing", "the model that was served")
    fields = BenchFields(data, where)
    completed, duration = fields.positive("completed"), fields.duration()
    means = fields.mean_tokens("total_input_tokens"), fields.mean_tokens("total_output_tokens")
    client = fields.client()
    _check_failed(fields)
    rate = completed / duration if math.isinf(client.rate) else completed / client.sending_time
    row = {
        "run_id": name,
        "model": model,
        **{key: str(data[key]) for key in _METADATA},
        "rate_counts": _rate_counts(fields, rate),
        "mean_input_tokens": repr(means[0]),
        "mean_output_tokens": repr(means[1]),
        "dataset": _dataset(fields, client, means),
        "duration_s": repr(duration),
        "total_throughput_tok_s": repr(sum(means) * completed / duration),
        "arrival_process": "poisson_aggregate",
        **{key: str(data[key]) for key in _OPTIONAL if data.get(key) is not None},
    }
    run = run_from_row(row, where)
    client.check_slots(fields.place("max_concurrency"), run.max_loras, run.num_adapters)
    run = replace(run, client=client)
    return replace(
        run,
        starved=run.starves(run.throughput, run),
        starved_is_uncertain=client.is_uncertain(duration, run, run.output_mean),
    )


def _check_failed(fields: BenchFields) -> None:
    """Say that requests failed, and refuse what then tells little of an engine."""
    sent, answered = fields.num_prompts(), fields.count("completed", 0)
    failed = sent - answered
    if failed > _MOST_FAILED * sent:
        raise InputError(
            fields.where,
            f"{failed} of {sent} requests failed, and what they cost the engine is not known",
            "leave the file out, or measure again",
        )
    if failed:
        _warn(fields, f"{failed} of {sent} requests failed; it is replayed without them")


def _dataset(fields: BenchFields, client: BenchClient, means: tuple[float, float]) -> str:
    """Kind of lengths: as told, or alike where both means are whole, which is no chance."""
    if told := str(fields.data.get("dataset") or ""):
        return told
    if all(map(float.is_integer, means)):
        return "fixed"
    if client.recorded is None:
        _warn(
            fields,
            "how long its requests are is not known, only their means, and with them the longest "
            "answer; say it with --save-detailed, or --metadata dataset=sharegpt",
        )
    return ""


def _warn(fields: BenchFields, problem: str) -> None:
    warnings.warn(f"{fields.where}: {problem}", ToolkitWarning, stacklevel=2)


def _rate_counts(fields: BenchFields, rate: float) -> str:
    """Equal rates of all adapters."""
    mix = str(fields.data["adapter_rank_mix"])
    counts = [part.rpartition(":")[2] for part in mix.split(";") if part]
    place = fields.place("adapter_rank_mix")
    number = sum(to_number(place, count, "rank:count;...") for count in counts)
    if not 1 <= number <= _MOST_ADAPTERS:
        raise InputError(place, f"{mix!r} has {number:g} adapters", f"1 to {_MOST_ADAPTERS}")
    return f"{rate / number!r}:{int(number)}"
