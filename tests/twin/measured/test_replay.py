"""Replays: figures as the benchmark's client has them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.twin.measured.run_rows import read
from twin.gpu.read_profile import read_profile
from twin.measured.bench_client import BenchClient
from twin.measured.replay import replay, simulate_run, ttft_as_measured
from twin.measured.run_stream import sample_run

PROFILE = read_profile("h100_64gb_llama31_8b")


def test_a_light_load_is_served(tmp_path: Path) -> None:
    run = read(tmp_path)
    twin = replay(run, PROFILE, seeds=range(4))
    assert twin.throughput == pytest.approx(run.offered_throughput, rel=0.05)
    assert 0.01 < twin.tpot_mean < 0.05
    assert 0.02 < twin.ttft_mean < twin.ttft_p99
    assert not twin.memory_error
    assert twin.seconds > 0


def test_figures_are_means_over_seeds(tmp_path: Path) -> None:
    run = read(tmp_path)
    each = [replay(run, PROFILE, seeds=(seed,)) for seed in (0, 1)]
    both = replay(run, PROFILE, seeds=(0, 1))
    for name in ("throughput", "tpot_mean", "itl_mean", "ttft_mean", "ttft_p99"):
        assert getattr(both, name) == pytest.approx(np.mean([getattr(e, name) for e in each]))


def test_memory_errors_are_told(tmp_path: Path) -> None:
    run = replace(read(tmp_path), max_loras=1024, max_lora_rank=32)
    twin = replay(run, PROFILE)
    assert twin.memory_error
    assert twin.throughput == 0
    assert math.isnan(twin.ttft_mean)


def test_the_client_bounds_the_requests_in_the_system(tmp_path: Path) -> None:
    run = replace(read(tmp_path), rates={20.0: 4})
    stream = sample_run(run, 0)
    bounded = simulate_run(run, stream, PROFILE, 100)
    free = simulate_run(run, stream, PROFILE, 0)
    assert bounded.num_rejected > 0 == free.num_rejected
    assert bounded.ttft_mean < free.ttft_mean


def test_a_run_that_tells_of_its_client_has_no_other_bound(tmp_path: Path) -> None:
    run = replace(read(tmp_path), rates={20.0: 4}, client=BenchClient(300, 80.0))
    result = simulate_run(run, sample_run(run, 0), PROFILE, 5)
    assert (result.num_rejected, result.num_finished) == (0, 300)
    held = replace(run, client=BenchClient(300, 80.0, max_concurrency=5))
    slower = simulate_run(held, sample_run(held, 0), PROFILE)
    assert slower.duration > result.duration
    assert slower.ttft_mean < result.ttft_mean


def test_unfinished_requests_are_charged_the_window(tmp_path: Path) -> None:
    run = replace(read(tmp_path), rates={20.0: 4})
    result = simulate_run(run, sample_run(run, 0), PROFILE, 100)
    charged = ttft_as_measured(replace(run, ttft_charges_unfinished=True), result)
    unfinished = result.num_requests - result.num_finished
    total = result.num_finished * result.ttft_mean + unfinished * 600
    assert charged == pytest.approx(total / result.num_requests)
    assert ttft_as_measured(run, result) == result.ttft_mean
