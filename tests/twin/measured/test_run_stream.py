"""Requests of measured runs, drawn again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.twin.measured.run_rows import read
from twin.measured.bench_client import BenchClient, RecordedRequests
from twin.measured.run_stream import run_lengths, sample_run


def test_rates_ranks_and_window(tmp_path: Path) -> None:
    run = read(tmp_path, duration_s="20000")
    stream = sample_run(run, 3)
    assert stream.duration == 20000
    assert sorted(stream.adapter_rank) == [8, 8, 16, 16]
    counts = np.bincount(stream.adapter, minlength=4) / 20000
    np.testing.assert_allclose(sorted(counts), [0.5, 0.5, 0.5, 2.0], rtol=0.05)


def test_ranks_are_independent_of_rates(tmp_path: Path) -> None:
    run = read(tmp_path)
    ranks = {tuple(sample_run(run, seed).adapter_rank.tolist()) for seed in range(20)}
    assert len(ranks) > 3


def test_same_seed_same_requests(tmp_path: Path) -> None:
    one, two, other = (sample_run(read(tmp_path), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.arrival, two.arrival)
    assert one.arrival.size != other.arrival.size or np.any(one.arrival != other.arrival)


@pytest.mark.parametrize(
    ("dataset", "spread"), [("sharegpt_v3", 240), ("fixed_length_mean", 0), ("own", 220)]
)
def test_lengths_by_dataset(tmp_path: Path, dataset: str, spread: float) -> None:
    lengths = run_lengths(read(tmp_path, dataset=dataset))
    assert lengths.prompt_mean == pytest.approx(220)
    assert lengths.prompt_std == pytest.approx(spread, rel=0.05)


def test_a_model_may_go_by_its_repository(tmp_path: Path) -> None:
    names = ("llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct")
    plain, repository = (
        run_lengths(read(tmp_path, dataset="sharegpt_v3", model=name)) for name in names
    )
    assert repository.prompt_std == plain.prompt_std


def test_sharegpt_of_an_unknown_model_keeps_the_means(tmp_path: Path) -> None:
    lengths = run_lengths(read(tmp_path, dataset="sharegpt_v3", model="other"))
    assert lengths.output_mean == pytest.approx(180)


def test_runs_that_end_by_count(tmp_path: Path) -> None:
    run = replace(read(tmp_path), pooled_arrivals=True, num_requests=700, rates={1.0: 4})
    stream = sample_run(run, 0)
    assert len(stream) == 700
    assert np.bincount(stream.adapter).tolist() == [175] * 4
    assert stream.arrival[-1] < stream.duration == pytest.approx(700 / 4, rel=0.15)


def test_requests_of_a_client_come_as_it_sent_them(tmp_path: Path) -> None:
    recorded = RecordedRequests((10, 20, 30, 40), (1, 2, 3, 4), (0.0, 1.0, 1.5, 2.0))
    run = replace(read(tmp_path), client=BenchClient(4, 2.0, recorded=recorded))
    stream = sample_run(run, 0)
    assert stream.arrival.tolist() == [0.0, 1.0, 1.5, 2.0]
    assert stream.prompt_tokens.tolist() == [10, 20, 30, 40]
    assert stream.output_tokens.tolist() == [1, 2, 3, 4]
    drawn = sample_run(replace(run, client=BenchClient(400, 2.0)), 0)
    assert (len(drawn), drawn.arrival[-1]) == (400, pytest.approx(200.0))


def test_base_model_alone(tmp_path: Path) -> None:
    stream = sample_run(replace(read(tmp_path), max_loras=0), 0)
    assert set(stream.adapter) == {-1}
    assert stream.adapter_rank.size == 0
    assert len(stream) == pytest.approx(3.5 * 600, rel=0.1)
