"""Measured runs: what follows from what was served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measured.run_rows import read
from twin.gpu.read_profile import read_profile
from twin.measured.bench_client import BenchClient


def test_traffic_is_the_sum_over_adapters(tmp_path: Path) -> None:
    run = replace(read(tmp_path), rates={0.5: 3, 2.0: 1}, prompt_mean=220.0, output_mean=180.0)
    assert run.num_adapters == 4
    assert run.rate == 3.5
    assert run.offered_throughput == pytest.approx(1400)


def test_what_starves_is_less_served_than_offered(tmp_path: Path) -> None:
    run = read(tmp_path)
    assert not run.starves(0.91 * run.offered_throughput, run)
    assert run.starves(0.89 * run.offered_throughput, run)
    client = replace(run, client=BenchClient(140, 3.5), tpot_mean=0.02, ttft_mean=0.1)
    assert not client.starves(0.8 * run.offered_throughput, client)
    assert client.starves(
        0.8 * run.offered_throughput, replace(client, ttft_mean=8.0, tpot_mean=0.0)
    )


def test_engine_of_a_run(tmp_path: Path) -> None:
    profile = read_profile("h100_64gb_llama31_8b")
    assert read(tmp_path).engine_config(profile) == profile.engine_config(8, 16)
    for told, on in (("", False), ("0", False), ("1", True)):
        config = read(tmp_path, specialize_active_lora=told).engine_config(profile)
        assert config.specialize_active_lora == on
    config = read(tmp_path, max_num_seqs="4096").engine_config(profile)
    assert config.max_num_seqs == config.max_num_batched_tokens == 4096
