"""A subject for tests: a fake server, little of everything, and an engine of two slots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.twin.measure.fake_server import FakeVllm, serving_fake
from twin.measure.adapters import MeasuredAdapter
from twin.measure.client import connect
from twin.measure.facts import Facts
from twin.measure.plan import Engine, running_plan
from twin.measure.subject import Subject
from twin.measure.tables import Tables
from twin.measure.traffic import Lengths

__all__ = ["FACTS", "SMALL", "subject_of"]

FACTS = Facts(
    model="tiny",
    gpu="H100-80GB",
    vllm_version="0.32.0",
    max_num_seqs=64,
    max_num_batched_tokens=2048,
    max_model_len=2048,
    kv_cache_tokens=442_400,
)
SMALL = {
    "batches": (1, 2),
    "prompts": (32, 64, 4096),
    "runs": 2,
    "again": 1,
    "rates": (20.0, 30.0),
}
ADAPTERS = [MeasuredAdapter(f"a{i}", 8 if i % 2 else 16, f"/adapters/{i}") for i in range(4)]


@asynccontextmanager
async def subject_of(
    folder: Path, fake: FakeVllm | None = None, **plan: Any
) -> AsyncIterator[tuple[Subject, list[str]]]:
    """A subject, and what it says."""
    said: list[str] = []
    engine = Engine(2, 16)
    small = replace(running_plan(engine, 5), window=1.0, **{**SMALL, **plan})
    async with (
        serving_fake(fake or FakeVllm()) as url,
        connect(url) as client,
    ):
        yield (
            Subject(
                client=client,
                base="base",
                engine=engine,
                adapters=ADAPTERS,
                facts=FACTS,
                plan=small,
                lengths=Lengths(20.0, 5.0, 60),
                seed=0,
                tables=Tables(folder),
                say=said.append,
            ),
            said,
        )
