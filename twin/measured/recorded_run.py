"""A run whose requests a client noted: its figures, and what is replayed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from twin.engine.latency import Distribution
from twin.engine.simulation_result import STARVATION_THRESHOLD
from twin.files.errors import InputError, ToolkitWarning
from twin.measured.bench_client import BenchClient, RecordedRequests
from twin.measured.client_records import ClientRecord, ClientRecords
from twin.measured.row_fields import RowFields
from twin.measured.run import MeasuredRun
from twin.measured.run_requests import RANKS_FILE, RunRequests, ServedAdapters, read_ranks
from twin.measured.run_table import run_from_row

__all__ = ["recorded_run"]

_OF_ENGINE = ("model", "vllm_version", "max_loras", "max_lora_rank")
_FLAGS = ("max_num_seqs", "max_num_batched_tokens")
_OTHERS = ("scenario", "gpu", "dataset", "specialize_active_lora")
_LEAST_WINDOW = 0.5  # share of the time from the first request to the last answer


def recorded_run(
    fields: RowFields, records: ClientRecords, run_id: str, folder: Path
) -> MeasuredRun:
    """The run of a row and its records.

    Beside the engine's flags the row may have adapter_rank_mix (``rank:count;...``), which is
    needed with LoRA unless ``adapters.csv`` in the folder has every adapter's rank; base_model,
    the name by which the requests call the base model where it is not ``model``; gpu, scenario,
    dataset and specialize_active_lora.

    Where the client waited for the last answer, the replay does so too. Where it cut requests off,
    whose lengths nobody knows, the window ends before the first of them was sent.

    Raises
    ------
    InputError
        If the row or the records lack what a replay needs.

    Warns
    -----
    ToolkitWarning
        If some requests failed.
    """
    _check_flags(fields)
    records.check()
    if records.num_failed:
        text = f"{records.num_failed} requests failed; it is replayed without them"
        warnings.warn(f"{records.where}: {text}", ToolkitWarning, stacklevel=2)
    streams = records.concurrency()
    if streams and records.cut:
        problem = f"{len(records.cut)} requests that the client kept open were cut off at the end"
        raise InputError(
            records.where, problem, "a run that ends with a number of requests instead of a time"
        )
    served, end = records.until_cut()
    begin = records.answered[0].sent
    window = end - begin
    last = max(record.finish for record in records.answered)
    if window < _LEAST_WINDOW * (last - begin):
        problem = (
            f"the first request that was cut off came after {window:.3g} of {last - begin:.3g} s"
        )
        raise InputError(records.where, problem, "a client that waits for the last answers")
    ranks = _ranks(fields, folder)
    sent = np.array([0.0 if streams else record.sent - begin for record in served])
    requests = RunRequests.of(
        records.where,
        sent,
        _adapters(fields, records, served, ranks, folder),
        np.array([record.prompt_tokens for record in served], np.int32),
        np.array([record.output_tokens for record in served], np.int32),
        ServedAdapters(ranks, fields.whole("max_lora_rank"), folder),
    )
    figures = _figures([record for record in served if record.finish <= end], window)
    row = _row(fields, run_id, ranks, served, window) | figures
    run = replace(run_from_row(row, fields.where), requests=requests)
    return _cut(run) if records.cut else _by_its_end(records.where, run, streams)


def _check_flags(fields: RowFields) -> None:
    for column in (*_OF_ENGINE, *_FLAGS):
        if not fields.text(column).strip():
            raise fields.error(column, "it is empty", "what the engine was started with")
    for column in _FLAGS:
        if not fields.whole(column):
            raise fields.error(column, "it is 0", "what the engine was started with")


def _row(
    fields: RowFields,
    run_id: str,
    ranks: dict[int, int],
    served: Sequence[ClientRecord],
    window: float,
) -> dict[str, str]:
    """Columns of a table of runs."""
    number = max(1, sum(ranks.values()))
    return {
        "run_id": run_id,
        **{column: fields.text(column) for column in (*_OF_ENGINE, *_FLAGS, *_OTHERS)},
        "adapter_rank_mix": ";".join(f"{rank}:{count}" for rank, count in ranks.items()),
        "rate_counts": f"{len(served) / window / number!r}:{number}",
        "mean_input_tokens": repr(float(np.mean([r.prompt_tokens for r in served]))),
        "mean_output_tokens": repr(float(np.mean([r.output_tokens for r in served]))),
        "duration_s": repr(window),
        "arrival_process": "poisson_aggregate",
    }


def _figures(finished: Sequence[ClientRecord], window: float) -> dict[str, str]:
    """Columns with what the client saw of the requests that finished."""
    tokens = sum(record.prompt_tokens + record.output_tokens for record in finished)
    waits = Distribution.of(np.array([record.first_token - record.sent for record in finished]))
    each = [
        (record.finish - record.first_token) / (record.output_tokens - 1)
        for record in finished
        if record.output_tokens > 1
    ]
    seconds = {"mean_ttft_ms": waits.mean, "p99_ttft_ms": waits.p99}
    seconds["mean_tpot_ms"] = float(np.mean(each)) if each else math.nan
    return {
        "total_throughput_tok_s": repr(tokens / window),
        **{key: repr(1e3 * value) for key, value in seconds.items() if value >= 0},
    }


def _ranks(fields: RowFields, folder: Path) -> dict[int, int]:
    """Number of adapters by rank; empty without LoRA."""
    if not fields.whole("max_loras"):
        return {}
    if told := fields.ranks("adapter_rank_mix"):
        return told
    known = read_ranks(folder)
    if known is None:
        accepted = f"rank:count;..., or {RANKS_FILE} with the columns adapter and rank beside it"
        raise fields.error("adapter_rank_mix", "it is empty", accepted)
    values = sorted(known.values())
    return {rank: values.count(rank) for rank in dict.fromkeys(values)}


def _adapters(
    fields: RowFields,
    records: ClientRecords,
    served: Sequence[ClientRecord],
    ranks: dict[int, int],
    folder: Path,
) -> list[str]:
    """Adapter of each request; empty for the base model."""
    if not ranks:
        return [""] * len(served)
    number = sum(ranks.values())
    names = {record.adapter for record in records.answered}
    if None in names:
        if names != {None} or number > 1:
            problem = f"it does not say which of {number} adapters each request was for"
            raise InputError(records.where, problem, "a key adapter in every record")
        only = list(read_ranks(folder) or ["the only one"])
        return only[:1] * len(served)
    base = {"", fields.text("base_model") or fields.text("model")}
    return ["" if record.adapter in base else record.adapter or "" for record in served]


def _by_its_end(where: str, run: MeasuredRun, streams: int) -> MeasuredRun:
    """The run of a client that waited for the last answer."""
    requests = run.requests
    assert requests is not None
    number, starts = requests.sent.size, requests.sent
    recorded = RecordedRequests(
        tuple(requests.prompt_tokens.tolist()),
        tuple(requests.output_tokens.tolist()),
        tuple(starts.tolist()) if starts[-1] > 0 else (),
    )
    rate = (number - 1) / float(starts[-1]) if starts[-1] > 0 else math.inf
    client = BenchClient(number, rate, max_concurrency=streams, recorded=recorded)
    client.check_slots(where, run.max_loras, run.num_adapters)
    run = replace(run, client=client)
    return replace(
        run,
        starved=run.starves(run.throughput, run),
        starved_is_uncertain=client.is_uncertain(run.duration, run, run.output_mean),
    )


def _cut(run: MeasuredRun) -> MeasuredRun:
    """The run of a window in which requests were open when it ended.

    Those count as traffic and not as served, so that what is called starved has to be so by the
    waits too.
    """
    starved = run.starves(run.throughput, run)
    by_wait = run.duration / (run.duration + 2 * run.ttft_mean) < STARVATION_THRESHOLD
    return replace(run, starved=starved, starved_is_uncertain=starved != by_wait)
