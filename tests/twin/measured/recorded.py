"""A run whose very requests are known, as an engine of a profile would serve it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.twin.measured.run_rows import read
from twin.gpu.profile import ServingProfile
from twin.measured.replay import replay
from twin.measured.run import MeasuredRun

__all__ = ["HEADER", "recorded", "write_requests"]

HEADER = "arrival_s,adapter,prompt_tokens,output_tokens,sent_s,first_token_s,finish_s\n"


def write_requests(folder: Path, number: int, rate: float, num_adapters: int, seed: int) -> Path:
    """File of requests with random lengths, packed as a client writes it."""
    rng = np.random.default_rng(seed)
    sent = np.cumsum(rng.exponential(1 / rate, number))
    prompt, output = rng.integers(20, 400, number), rng.integers(20, 300, number)
    adapter = rng.integers(0, num_adapters, number)
    requests = zip(sent, adapter, prompt, output, strict=True)
    rows = (f"{t:.4f},a{a},{p},{o},{t:.4f},,\n" for t, a, p, o in requests)
    path = folder / "requests_1.csv.gz"
    with gzip.open(path, "wt") as file:
        file.writelines((HEADER, *rows))
    return path


def recorded(
    folder: Path, profile: ServingProfile, rate: float = 10.0, slots: int = 4, seed: int = 3
) -> MeasuredRun:
    """Run of a minute with eight adapters, and figures as the profile has them."""
    write_requests(folder, int(60 * rate), rate, 8, seed)
    run = read(
        folder,
        run_id=f"{slots}-{rate:g}",
        vllm_version=profile.engine_version,
        max_loras=str(slots),
        adapter_rank_mix="8:4;16:4",
        rate_counts=f"{rate / 8!r}:8",
        duration_s="60",
        engine_prompt_tokens="1",
        engine_generation_tokens="1",
        requests_file="requests_1.csv.gz",
    )
    twin = replay(run, profile)
    return replace(
        run,
        throughput=twin.throughput,
        engine_throughput=twin.engine_throughput,
        tpot_mean=twin.tpot_mean,
        ttft_mean=twin.ttft_mean,
        ttft_p99=twin.ttft_p99,
    )
