"""A subject: columns of its rows, and closed loops of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.twin.measure.example_subject import subject_of
from tests.twin.measure.fake_server import FakeVllm
from twin.measure.loops import Loop


def test_rows_of_this_engine(tmp_path: Path) -> None:
    async def asked() -> None:
        async with subject_of(tmp_path) as (subject, _):
            assert subject.rows("t.csv") == []
            subject.tables.add("t.csv", {**subject.identity, "row_id": "mine"})
            subject.tables.add("t.csv", {**subject.identity, "max_loras": 99, "row_id": "other"})
            assert [row["row_id"] for row in subject.rows("t.csv")] == ["mine"]
            assert subject.rows("t.csv", row_id="other") == []
            assert subject.shape == "2_16"
            assert "specialize_active_lora" not in subject.identity
            facts = replace(subject.facts, specialize_active_lora="True")
            assert replace(subject, facts=facts).identity["specialize_active_lora"] == 1

    asyncio.run(asked())


def test_requests_are_dealt_in_turn(tmp_path: Path) -> None:
    fake = FakeVllm(adapters={"a0": "", "a1": ""})

    async def asked() -> None:
        async with subject_of(tmp_path, fake) as (subject, _):
            await subject.closed(["a0", "a1", ""], 6, 4, 2)

    asyncio.run(asked())
    models = [body["model"] for body in fake.requests]
    assert sorted(map(str, models)) == ["a0", "a0", "a1", "a1", "base", "base"]


def test_what_is_in_doubt_is_measured_again_and_the_last_one_counts(tmp_path: Path) -> None:
    doubts = [["late"], [], ["late"], ["late again"]]

    async def asked() -> tuple[list[object], list[str]]:
        async with subject_of(tmp_path) as (subject, said):
            loops = [await subject.closed([""], 1, 4, 2) for _ in doubts]
            left, found = iter(loops), iter(doubts)

            async def measure() -> Loop:
                return next(left)

            counted = [await subject.undisturbed(measure, lambda _: next(found)) for _ in range(2)]
            return [loops.index(loop) for loop in counted], said

    counted, said = asyncio.run(asked())
    assert counted == [1, 3]
    assert said == ["late: it is measured again"] * 2
