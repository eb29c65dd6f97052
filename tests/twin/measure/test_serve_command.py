"""Engines of a plan, started one after the other."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measure.test_random_adapters import CONFIG
from twin.files.errors import InputError
from twin.measure.arguments import parser
from twin.measure.plan import Engine, make_plan
from twin.measure.serve_command import measure_started
from twin.measure.tables import Tables

FLAGS = "--gpu cpu --prompt-mean 20 --output-mean 5 --longest 60"
NUMBERS = ["--max-num-seqs", "64", "--max-num-batched-tokens", "2048"]


def measured(folder: Path, *words: str, model: str = "tiny") -> list[str]:
    said: list[str] = []
    fake = [sys.executable, "-m", "tests.twin.measure.fake_server", "serve", model]
    arguments = parser().parse_args(f"serve --out {folder}/out {FLAGS}".split())
    plan = replace(
        make_plan(5),
        **{"engines": (Engine(2, 16), Engine(1, 8)), "batches": (1,), "prompts": (32,)},
        **{"runs": 1, "again": 0, "rates": (20.0,), "window": 1.0},
    )
    command = [*fake, *NUMBERS, *words]
    asyncio.run(measure_started(arguments, command, plan, said.append))
    return said


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LORA_PLACER_GUARD_PATIENCE", "0.5")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return str(tmp_path)


def test_both_engines_and_nothing_twice(tmp_path: Path, model: str) -> None:
    said = measured(tmp_path, model=model)
    tables = Tables(tmp_path / "out")
    rows = tables.rows("serving_runs.csv")
    assert [(row["max_loras"], row["served_adapters"]) for row in rows] == [("2", "6"), ("1", "3")]
    assert len(tables.rows("kv_capacity.csv")) == 2
    assert "engine 2:16, 1 of 2: it starts" in said
    again = measured(tmp_path, model=model)
    assert "engine 1:8: all of it is in the tables" in again
    assert not any("starts" in line for line in again)


def test_no_engine_starts(tmp_path: Path, model: str) -> None:
    with pytest.raises(InputError, match="No available memory"):
        measured(tmp_path, "--fails-to-start", model=model)


def test_random_adapters_need_the_model_s_config(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no org/model/config"):
        measured(tmp_path, model="org/model")
