"""Closed-loop runs: reading and replaying them."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measured.closed_loop_rows import ROW
from twin.files.errors import InputError
from twin.gpu.read_profile import read_profile
from twin.gpu.step_time import StepTime
from twin.measured.closed_loop import (
    ClosedLoopRun,
    read_closed_loop_runs,
    replay_closed_loop,
)

RUN = ClosedLoopRun("r", "m", "0.8.5", 50, 0, 0, 0, 200, 10, 100, 0.0135, math.nan)


def read(folder: Path, **changes: str) -> list[ClosedLoopRun]:
    row = ROW | changes
    path = folder / "closed.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return read_closed_loop_runs(path)


def test_a_row_without_lora(tmp_path: Path) -> None:
    (run,) = read(tmp_path)
    assert (run.max_num_seqs, run.max_loras, run.num_adapters) == (50, 0, 0)
    assert (run.prompt_tokens, run.output_tokens) == (10, 100)
    assert run.measured == run.itl == 0.0135


def test_one_output_token_compares_steps(tmp_path: Path) -> None:
    (run,) = read(tmp_path, output_tokens_per_request="1", mean_itl_ms="0")
    assert run.measured == run.step_time == 0.0134


def test_the_engines_default_batch(tmp_path: Path) -> None:
    (run,) = read(tmp_path, max_num_seqs="")
    assert run.max_num_seqs == 256


def test_rows_without_figures_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, mean_itl_ms="") == []
    assert read(tmp_path, outcome="memory_error") == []


def test_wrong_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2, column num_prompts"):
        read(tmp_path, num_prompts="0")
    with pytest.raises(InputError, match="row 2, column mean_itl_ms"):
        read(tmp_path, mean_itl_ms="x")
    without = {k: v for k, v in ROW.items() if k != "input_tokens_per_request"}
    path = tmp_path / "no.csv"
    path.write_text(",".join(without) + "\n" + ",".join(without.values()) + "\n")
    with pytest.raises(InputError, match="input_tokens_per_request or input_tokens"):
        read_closed_loop_runs(path)


def test_decoding_takes_the_time_of_its_batch() -> None:
    step = StepTime(base=0.01, decode=1e-4, prefill_token=0.0)
    profile = read_profile("h100_64gb_llama31_8b").with_step_time(step)
    assert replay_closed_loop(RUN, profile) == pytest.approx(0.01 + 50e-4, rel=1e-6)


def test_prompts_take_the_time_of_a_full_step() -> None:
    step = StepTime(base=0.01, decode=0.0, prefill_token=1e-5)
    profile = read_profile("h100_64gb_llama31_8b").with_step_time(step)
    run = replace(RUN, prompt_tokens=512, output_tokens=1, num_requests=4000, max_num_seqs=256)
    assert replay_closed_loop(run, profile) == pytest.approx(0.01 + 2048e-5, rel=0.01)


def test_adapters_and_slots_cost() -> None:
    profile = read_profile("h100_64gb_llama31_8b")
    base = replay_closed_loop(RUN, profile)
    slots = replay_closed_loop(replace(RUN, max_loras=64, max_lora_rank=8), profile)
    adapters = replay_closed_loop(
        replace(RUN, max_loras=64, max_lora_rank=8, num_adapters=32), profile
    )
    assert base < slots < adapters


def test_kernels_for_active_adapters_alone_cost_less() -> None:
    profile = read_profile("h200_141gb_llama31_8b")
    run = replace(RUN, max_loras=64, max_lora_rank=16, num_requests=16)

    def spared(num_adapters: int) -> float:
        some = replace(run, num_adapters=num_adapters)
        active = replace(some, specialize_active_lora=True)
        return replay_closed_loop(some, profile) - replay_closed_loop(active, profile)

    assert spared(1) > spared(8) > 0
    assert spared(9) == pytest.approx(spared(16)), "both are rounded up to 16"
    assert spared(0) == 0, "requests for the base model start no such kernels"


def test_an_engine_that_does_not_start_is_told() -> None:
    profile = read_profile("h100_64gb_llama31_8b")
    with pytest.raises(InputError, match="run r"):
        replay_closed_loop(replace(RUN, max_loras=4096, max_lora_rank=32), profile)
