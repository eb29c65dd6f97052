"""Plans: how long they take, and what they tell."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from twin.files.errors import InputError
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.step_time import StepTime
from twin.measure.plan import MINUTES, Cell, Engine, decode_cells, make_plan, running_plan


@pytest.mark.parametrize("minutes", MINUTES)
def test_plans_take_the_time_that_they_are_named_after(minutes: int) -> None:
    plan = make_plan(minutes)
    assert minutes * 0.8 <= plan.seconds / 60 <= minutes * 1.05
    assert plan.window >= 20
    assert len(set(plan.engines)) == len(plan.engines)


@pytest.mark.parametrize("minutes", MINUTES)
def test_a_server_that_runs_is_measured_as_long(minutes: int) -> None:
    plan = running_plan(Engine(16, 16), minutes)
    assert plan.seconds / 60 <= minutes * 1.05
    assert plan.runs >= 2
    assert not any(part.what == "start" for part in plan.parts(plan.engines[0]))


def test_plans_differ_in_what_terms_need() -> None:
    plan = make_plan(15, largest_rank=64)
    assert len({engine.max_loras for engine in plan.engines}) >= 3
    assert len({engine.max_lora_rank for engine in plan.engines}) >= 2
    assert Engine(0, 0) in make_plan(60).engines


def test_terms_that_are_named_are_those_of_profiles() -> None:
    words = {"KV capacity", "memory", "accuracy"}
    terms = {field.name for field in fields(StepTime)}
    terms |= {f"adapter_load.{field.name}" for field in fields(AdapterLoad)}
    for minutes in MINUTES:
        plan = make_plan(minutes)
        for engine in plan.engines:
            for part in plan.parts(engine):
                assert set(part.tells) <= words | terms


def test_engines() -> None:
    engine = Engine(16, 64)
    assert engine.num_adapters == 48
    assert engine.flags() == [
        *["--enable-lora", "--max-loras", "16", "--max-lora-rank", "64"],
        *["--max-cpu-loras", "48"],
    ]
    assert Engine(0, 0).flags() == []
    assert Engine(128, 8).num_adapters == 128
    assert Engine(16, 8, served=8).flags()[-1] == "16"
    assert Engine(4, 8, served=8).num_adapters == 8


@pytest.mark.parametrize("shape", [(4, 7), (0, 8), (4, 0), (-1, 8), (4, 8, -1)])
def test_engines_that_there_are_not(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"engines|served"):
        Engine(*shape)


@pytest.mark.parametrize("arguments", [(7,), (15, 0), (15, 1000)])
def test_plans_that_there_are_not(arguments: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        make_plan(*arguments)


def test_cells_of_closed_loops_ask_no_more_adapters_than_there_are_slots() -> None:
    plan = replace(make_plan(5), batches=(1, 8, 64), prompts=(4096, 256, 1024))
    *short, long = decode_cells(plan, 4)
    assert [(c.batch, c.adapters) for c in short] == [
        *[(1, 0), (1, 1), (8, 0), (8, 1), (8, 4), (64, 0), (64, 1), (64, 4)]
    ]
    assert {cell.prompt for cell in short} == {32}
    assert long == Cell(8, 0, 1024)
    assert [c.batch for c in decode_cells(replace(plan, batches=(64,)), 0)] == [64, 64]
