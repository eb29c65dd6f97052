"""ClosedLoopRun: all requests at once against an engine, to measure single terms of a step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from twin.engine.simulate import simulate_stream
from twin.engine.start import Start
from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.measured.client_replay import ENDLESS
from twin.measured.row_fields import RowFields
from twin.workload.workload import RequestStream

__all__ = ["REQUIRED_COLUMNS", "ClosedLoopRun", "read_closed_loop_runs", "replay_closed_loop"]

REQUIRED_COLUMNS = (
    "model",
    "vllm_version",
    "max_num_seqs",
    "max_loras",
    "max_lora_rank",
    "requested_adapters",
    "num_prompts",
    "mean_itl_ms",
)
_PROMPT_COLUMNS = ("input_tokens_per_request", "input_tokens")
_OUTPUT_COLUMNS = ("output_tokens_per_request", "requested_output_tokens")
_DEFAULT_MAX_NUM_SEQS = 256  # of vLLM 0.8.5
_MOST_TOKENS = 4096 * 512  # prompts beyond repeat what the first ones told


@dataclass(frozen=True, slots=True)
class ClosedLoopRun:
    """Requests of one length, all sent at once, and the time that they took.

    Parameters
    ----------
    run_id : str
    model, engine_version : str
    max_num_seqs : int
        Requests that may run at the same time.
    max_loras, max_lora_rank : int
        Adapter slots and their rank; 0 without LoRA.
    num_adapters : int
        Adapters that the requests are dealt to; 0 for the base model.
    num_requests, prompt_tokens, output_tokens : int
    itl : float
        Mean gap between output tokens in seconds; NaN where requests have a single output token.
    step_time : float
        Mean time of an engine step in seconds; NaN where it was not measured.
    ttft : float
        Time to the first token in seconds, of an experiment that measures prompts; else NaN.
    max_num_batched_tokens : int
        Tokens that a step may take; 0 for the profile's default.
    gpu : str
        What the table calls the GPU; empty where it does not say.
    specialize_active_lora : bool or None
        As `twin.measured.run.MeasuredRun` has it.
    """

    run_id: str
    model: str
    engine_version: str
    max_num_seqs: int
    max_loras: int
    max_lora_rank: int
    num_adapters: int
    num_requests: int
    prompt_tokens: int
    output_tokens: int
    itl: float
    step_time: float
    ttft: float = math.nan
    max_num_batched_tokens: int = 0
    gpu: str = ""
    specialize_active_lora: bool | None = None

    @property
    def measured(self) -> float:
        """What is compared: the time to the first token of experiments with prompts.

        Of others the mean gap, or the mean step where requests have one token.
        """
        if not math.isnan(self.ttft):
            return self.ttft
        return self.itl if self.output_tokens > 1 else self.step_time


def read_closed_loop_runs(path: Path | str) -> list[ClosedLoopRun]:
    """Read a table of closed-loop runs; rows that failed or measured no time are left out.

    Beside `REQUIRED_COLUMNS` it needs the tokens of a request (input_tokens_per_request or
    input_tokens, output_tokens_per_request or requested_output_tokens); mean_step_time_ms,
    max_num_batched_tokens and specialize_active_lora are read where present. Rows whose
    ``experiment`` is ``prefill`` measure mean_ttft_ms of one request at a time.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a value is no number.
    """
    runs = [_run(row, where) for where, row in csv_rows(path, REQUIRED_COLUMNS)]
    return [run for run in runs if run is not None]


def _run(row: Mapping[str, str], where: str) -> ClosedLoopRun | None:
    fields = RowFields(row, where)
    if fields.text("outcome", "ok") != "ok":
        return None
    itl = fields.seconds("mean_itl_ms")
    is_prefill = fields.text("experiment") == "prefill"
    if is_prefill and "mean_ttft_ms" not in row:
        raise fields.error("mean_ttft_ms", "it is missing", "rows of prefill measure nothing else")
    run = ClosedLoopRun(
        run_id=fields.text("row_id", where),
        model=fields.text("model"),
        engine_version=fields.text("vllm_version"),
        max_num_seqs=fields.whole("max_num_seqs", _DEFAULT_MAX_NUM_SEQS),
        max_loras=fields.whole("max_loras"),
        max_lora_rank=fields.whole("max_lora_rank"),
        num_adapters=fields.whole("requested_adapters"),
        num_requests=fields.whole("num_prompts"),
        prompt_tokens=_tokens(fields, _PROMPT_COLUMNS),
        output_tokens=_tokens(fields, _OUTPUT_COLUMNS),
        itl=itl if itl > 0 else math.nan,
        step_time=fields.seconds("mean_step_time_ms"),
        ttft=fields.seconds("mean_ttft_ms") if is_prefill else math.nan,
        max_num_batched_tokens=fields.whole("max_num_batched_tokens"),
        gpu=fields.text("gpu"),
        specialize_active_lora=fields.switch("specialize_active_lora"),
    )
    if run.num_requests < 1:
        raise fields.error("num_prompts", f"{run.num_requests} is below 1")
    return None if math.isnan(run.measured) else run


def _tokens(fields: RowFields, columns: tuple[str, str]) -> int:
    """Mean tokens of a request, from the first of these columns that there is; at least 1."""
    for column in columns:
        if column in fields.row:
            mean = fields.number(column)
            return 1 if math.isnan(mean) else max(1, round(mean))
    raise InputError(fields.where, f"there is no column {' or '.join(columns)}")


def replay_closed_loop(run: ClosedLoopRun, profile: ServingProfile) -> float:
    """Seconds of `ClosedLoopRun.measured` as the twin has it.

    Raises
    ------
    InputError
        If the engine would not start, so that nothing can be compared.
    """
    config = profile.engine_config(run.max_loras, run.max_lora_rank)
    tokens = run.max_num_batched_tokens or max(config.max_num_batched_tokens, run.max_num_seqs)
    config = replace(config, max_num_seqs=run.max_num_seqs, max_num_batched_tokens=tokens)
    if run.specialize_active_lora is not None and run.max_loras:
        config = replace(config, specialize_active_lora=run.specialize_active_lora)
    if error := profile.memory_error(config):
        raise InputError(f"run {run.run_id}", f"the twin says that it does not start: {error}")
    number = min(run.num_requests, max(1, _MOST_TOKENS // run.output_tokens))
    adapters = run.num_adapters if run.max_loras else 0
    adapter = np.arange(number) % adapters if adapters else np.full(number, -1)
    stream = RequestStream(
        np.zeros(number),
        np.random.default_rng(0).permutation(adapter).astype(np.int32),
        np.full(number, run.prompt_tokens, np.int32),
        np.full(number, run.output_tokens, np.int32),
        np.full(adapters, run.max_lora_rank, np.int64),
        ENDLESS,
    )
    start = Start.COLD if profile.scheduler == "v0" else Start.WARM
    result = simulate_stream(stream, config, profile, start=start)
    if not math.isnan(run.ttft):
        return result.ttft_mean
    if run.output_tokens > 1:
        return result.itl_mean
    steps = number * run.prompt_tokens / config.max_num_batched_tokens
    return result.busy_fraction * ENDLESS / max(1.0, steps)
