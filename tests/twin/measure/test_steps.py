"""Closed loops of an engine."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.twin.measure.example_subject import ADAPTERS, subject_of
from tests.twin.measure.fake_server import FakeVllm
from twin.measure.steps import measure_decode, measure_prefill, measure_swap
from twin.measure.subject import Subject
from twin.measure.tables import Tables
from twin.measured.closed_loop import read_closed_loop_runs


def measured(
    folder: Path, part: Callable[[Subject], Awaitable[None]]
) -> tuple[FakeVllm, list[str]]:
    fake = FakeVllm(adapters={adapter.name: "" for adapter in ADAPTERS})

    async def measure() -> list[str]:
        async with subject_of(folder, fake) as (subject, said):
            await part(subject)
            return said

    return fake, asyncio.run(measure())


def test_decoding(tmp_path: Path) -> None:
    _, said = measured(tmp_path, measure_decode)
    rows = Tables(tmp_path).rows("step_latency.csv")
    assert [row["row_id"] for row in rows] == [
        *("decode/2_16/1_base_1", "decode/2_16/1_lora_1"),
        *("decode/2_16/2_base_1", "decode/2_16/2_lora_1", "decode/2_16/2_lora_2"),
        "decode/2_16/2_base_1_64",
    ]
    assert said[-2].startswith("2 requests at once of 2 adapters: ")
    runs = read_closed_loop_runs(tmp_path / "step_latency.csv")
    assert [run.num_adapters for run in runs] == [0, 1, 0, 1, 2, 0]
    assert [run.prompt_tokens for run in runs] == [32] * 5 + [64]
    assert all(run.itl >= 0.001 and run.output_tokens == 48 for run in runs)


def test_what_the_table_has_is_not_measured_again(tmp_path: Path) -> None:
    measured(tmp_path, measure_decode)
    fake, said = measured(tmp_path, measure_decode)
    assert (fake.requests, said) == ([], [])


def test_single_prompts_that_the_server_takes(tmp_path: Path) -> None:
    fake, _ = measured(tmp_path, measure_prefill)
    rows = Tables(tmp_path).rows("prefill.csv")
    assert [row["row_id"] for row in rows] == [
        f"prefill/2_16/{n}_{who}" for n in (32, 64) for who in ("base", "lora")
    ]
    assert all(float(row["mean_ttft_ms"]) >= 1 for row in rows)
    assert len({str(body["prompt"]) for body in fake.requests}) == len(fake.requests) == 16


def test_adapters_in_turn(tmp_path: Path) -> None:
    fake, said = measured(tmp_path, measure_swap)
    (row,) = Tables(tmp_path).rows("adapter_swap.csv")
    assert row["adapters_cycled"] == "4"
    assert not math.isnan(float(row["ttft_swap_median_ms"]))
    cycled = [str(body["model"]) for body in fake.requests[-8:]]
    assert cycled == ["a0", "a1", "a2", "a3"] * 2
    assert len(said) == 1
    assert measured(tmp_path, measure_swap)[1] == []
