"""Requests for a tiny engine, and what the naive engine makes of them."""

from __future__ import annotations

import numpy as np

from tests.twin.kernel.naive_engine import NaiveEngine
from twin.engine.run_engine import engine_limits, engine_requests
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.workload import RequestStream

__all__ = ["WINDOW", "run_naively", "stream"]

WINDOW = 30.0


def stream(seed: int, rate: float = 6.0, num_adapters: int = 5) -> RequestStream:
    """Requests of up to five adapters and of the base model in `WINDOW`."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(rate * WINDOW)
    return RequestStream(
        np.sort(rng.uniform(0, WINDOW, n)),
        rng.integers(-1, num_adapters, n),
        rng.integers(1, 100, n),
        rng.integers(1, 60, n),
        np.array([8, 16, 8, 16, 8][:num_adapters], np.int64),
        WINDOW,
    )


def run_naively(
    requests: RequestStream, costs: ServingProfile, config: EngineConfig, max_in_system: int = 0
) -> NaiveEngine:
    """The naive engine after these requests."""
    to_gpu, from_disk = costs.load_seconds(requests.adapter_rank, config)
    return NaiveEngine(
        engine_requests(requests),
        engine_limits(config, costs, requests.adapter_rank, max_in_system),
        costs.step_time.costs(config),
        requests.adapter_rank,
        to_gpu,
        from_disk,
        requests.duration,
    ).run()
