"""Open-loop runs: their tables, their noise, and what is told of runs that cannot be used."""

from __future__ import annotations

import asyncio
import csv
import gzip
import time
from pathlib import Path
from typing import Any

from tests.twin.measure.example_subject import ADAPTERS, subject_of
from tests.twin.measure.fake_server import FakeVllm
from twin.measure.runs import is_measured, measure_runs
from twin.measure.tables import Tables
from twin.measured.run_table import read_runs


def measured(folder: Path, step: float = 0.001, **plan: Any) -> tuple[FakeVllm, list[str], bool]:
    fake = FakeVllm(step, adapters={adapter.name: "" for adapter in ADAPTERS})

    async def measure() -> tuple[list[str], bool]:
        async with subject_of(folder, fake, **plan) as (subject, said):
            await measure_runs(subject)
            return said, is_measured(subject.tables, subject.engine, subject.plan)

    return fake, *asyncio.run(measure())


def test_table_and_requests(tmp_path: Path) -> None:
    fake, said, complete = measured(tmp_path)
    assert complete
    rows = Tables(tmp_path).rows("serving_runs.csv")
    assert [row["total_rate_req_s"] for row in rows] == ["20", "30", "20"]
    assert rows[2]["run_id"] == rows[0]["run_id"] + "_again"
    assert rows[2]["requests_sent"] == rows[0]["requests_sent"]
    sent = sum(int(row["requests_sent"]) for row in rows)
    # Requests of the last moment are cut before they are sent.
    assert 0.9 * sent <= len(fake.requests) <= sent
    for row in rows:
        with gzip.open(tmp_path / row["requests_file"], "rt", newline="") as stream:
            requests = list(csv.DictReader(stream))
        assert len(requests) == int(row["requests_sent"])
        done = [each for each in requests if each["finish_s"]]
        assert len(done) == int(row["completed_requests"])
    assert "of" in said[0]
    assert "tokens/s" in said[0]


def test_runs_are_as_the_twin_reads_them(tmp_path: Path) -> None:
    measured(tmp_path)
    runs = read_runs(tmp_path / "serving_runs.csv")
    assert all(run.usable for run in runs)
    assert runs[0].ranks == {8: 2, 16: 2}
    assert runs[0].num_adapters == 4
    assert (runs[0].max_loras, runs[0].max_num_seqs) == (2, 64)


def test_runs_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    measured(tmp_path, runs=1, again=0, rates=(20.0,))
    fake, said, complete = measured(tmp_path)
    assert complete
    assert len(said) == 2
    rows = Tables(tmp_path).rows("serving_runs.csv")
    sent = sum(int(row["requests_sent"]) for row in rows[1:])
    assert 0.9 * sent <= len(fake.requests) <= sent


def test_a_run_during_which_the_machine_stood_still_is_made_again(tmp_path: Path) -> None:
    fake = FakeVllm(0.001, adapters={adapter.name: "" for adapter in ADAPTERS})

    async def measure() -> list[str]:
        async with subject_of(tmp_path, fake, runs=1, again=0) as (subject, said):
            asyncio.get_running_loop().call_later(0.5, time.sleep, 1.2)
            await measure_runs(subject)
            return said

    again, summary = asyncio.run(measure())
    assert again.startswith("the client stood still for 1.")
    assert again.endswith("s: it is measured again")
    assert "tokens/s" in summary
    (row,) = Tables(tmp_path).rows("serving_runs.csv")
    assert float(row["client_max_lag_s"]) < 1
    assert len(fake.requests) > 1.5 * int(row["requests_sent"])


def test_rates_are_looked_for_where_none_are_given(tmp_path: Path) -> None:
    measured(tmp_path, rates=(), again=0)
    first, second = Tables(tmp_path).rows("serving_runs.csv")
    assert first["total_rate_req_s"] == "2"
    assert float(second["total_rate_req_s"]) != 2


def test_a_run_without_a_complete_request_is_told_and_marked(tmp_path: Path) -> None:
    _, said, _ = measured(tmp_path, step=0.8, runs=1, again=0)
    (row,) = Tables(tmp_path).rows("serving_runs.csv")
    assert row["outcome"] == "other_failure"
    assert row["mean_ttft_ms"] == ""
    assert "so that the run cannot be used; give a longer --window" in said[0]
