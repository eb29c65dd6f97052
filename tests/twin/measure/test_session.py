"""Everything on one engine, and going on after a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.twin.measure.example_subject import subject_of
from tests.twin.measure.fake_server import FakeVllm
from twin.files.errors import InputError
from twin.measure.session import measure
from twin.measure.tables import Tables

TABLES = {
    *("kv_capacity.csv", "adapters.csv", "adapter_load_api.csv", "step_latency.csv"),
    *("prefill.csv", "adapter_swap.csv", "serving_runs.csv"),
}


def measured(folder: Path, fake: FakeVllm) -> None:
    async def all_of_it() -> None:
        async with subject_of(folder, fake) as (subject, _):
            await measure(subject)

    asyncio.run(all_of_it())


def test_all_tables(tmp_path: Path) -> None:
    fake = FakeVllm()
    measured(tmp_path, fake)
    assert {path.name for path in tmp_path.glob("*.csv")} == TABLES
    tables = Tables(tmp_path)
    (capacity,) = tables.rows("kv_capacity.csv")
    assert (capacity["kv_cache_tokens"], capacity["max_num_batched_tokens"]) == ("442400", "2048")
    ranks = {row["adapter"]: row["rank"] for row in tables.rows("adapters.csv")}
    assert ranks == {"a0": "16", "a1": "8", "a2": "16", "a3": "8"}
    assert [row["adapter_rank"] for row in tables.rows("adapter_load_api.csv")] == ["8", "16"]
    assert set(fake.adapters) == set(ranks)


def test_what_was_measured_before_a_failure_stays_and_is_gone_on_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="EngineDeadError"):
        measured(tmp_path, FakeVllm(fails_after=20))
    before = Tables(tmp_path).rows("step_latency.csv")
    assert before
    measured(tmp_path, FakeVllm())
    rows = Tables(tmp_path).rows("step_latency.csv")
    assert rows[: len(before)] == before
    assert len({row["row_id"] for row in rows}) == len(rows)


def test_an_adapter_that_is_refused_ends_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="adapter a0: the server refused to load /adapters/0"):
        measured(tmp_path, FakeVllm(refuses_adapters=True))


def test_a_folder_of_another_server_is_not_added_to(tmp_path: Path) -> None:
    Tables(tmp_path).add("kv_capacity.csv", {"model": "other", "max_loras": 8})
    with pytest.raises(InputError, match="give --out another folder"):
        measured(tmp_path, FakeVllm())
