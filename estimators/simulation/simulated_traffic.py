"""Simulated traffic: how much of it was served, and how well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from estimators.simulation.started_share import smallest_started_share, started_share
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import SimulationResult
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.stopped import never
from twin.workload.workload import RequestStream

__all__ = ["SimulatedTraffic", "in_mixed_order", "simulate_traffic"]


@dataclass(frozen=True, slots=True)
class SimulatedTraffic:
    """Outcome of one simulation.

    Parameters
    ----------
    run : SimulationResult
        Figures of the engine, without records.
    started_share : float
        Share of its traffic that the engine started to answer.
    smallest_started_share : float
        Share of its requests that the worst served adapter got an answer for.
    """

    run: SimulationResult
    started_share: float
    smallest_started_share: float


def simulate_traffic(
    stream: RequestStream,
    config: EngineConfig,
    profile: ServingProfile,
    stop: Callable[[], bool] = never,
) -> SimulatedTraffic:
    """Simulate requests on an engine that starts, as long as nobody says stop.

    Raises
    ------
    Stopped
        If somebody does.
    """
    run = simulate_stream(stream, config, profile, records=True, stop=stop)
    if run.records is None:
        raise ValueError(f"the engine does not start: {run.memory_error}")
    started = started_share(stream, run.records)
    smallest = smallest_started_share(stream, run.records)
    return SimulatedTraffic(replace(run, records=None), started, smallest)


def in_mixed_order(adapters: tuple[Adapter, ...]) -> tuple[Adapter, ...]:
    """Adapters in an order that has nothing to do with their rates, and is always the same.

    Engines touch the adapters of a batch in an order that is as good as random; see
    `twin.kernel.adapter_cache`.
    """
    return tuple(adapters[i] for i in _mixed_order(len(adapters)))


@lru_cache(maxsize=1024)
def _mixed_order(number: int) -> list[int]:
    order: list[int] = np.random.default_rng(number).permutation(number).tolist()
    return order
