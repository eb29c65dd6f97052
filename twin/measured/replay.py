"""Replay: what the twin says about a measured run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from twin.engine.latency import LATENCY_NAMES, Latencies
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import SimulationResult
from twin.engine.start import Start
from twin.gpu.profile import ServingProfile
from twin.measured.client_replay import simulate_client
from twin.measured.run import MeasuredRun
from twin.measured.run_stream import sample_run
from twin.workload.workload import RequestStream

__all__ = ["MAX_IN_SYSTEM", "Replay", "replay", "simulate_run", "ttft_as_measured"]

MAX_IN_SYSTEM = 25_500
"""Requests in the system at which the benchmark client of arXiv 2602.24044 fails further ones."""


@dataclass(frozen=True, slots=True)
class Replay(Latencies[float]):
    """Figures of a simulated run, defined as those of `MeasuredRun`; means over seeds.

    ``seconds`` is what one core took for one simulation, without drawing its requests.
    """

    throughput: float
    engine_throughput: float
    memory_error: bool
    seconds: float


def replay(
    run: MeasuredRun,
    profile: ServingProfile,
    *,
    seeds: Sequence[int] = (0,),
    max_in_system: int = MAX_IN_SYSTEM,
) -> Replay:
    """Simulate a measured run.

    Parameters
    ----------
    run : MeasuredRun
    profile : ServingProfile
        Costs of what served it.
    seeds : sequence of int
        Seeds of the arrivals; figures are means over them.
    max_in_system : int
        Requests that the benchmark client keeps open at most, beyond which it fails them; 0 for no
        bound. A run that tells of its client has its own.

    Raises
    ------
    InputError
        If the run's engine configuration is one that vLLM refuses.
    """
    if profile.memory_error(run.engine_config(profile)) is not None:
        return Replay(throughput=0.0, engine_throughput=0.0, memory_error=True, seconds=0.0)
    results = []
    seconds = 0.0
    for seed in seeds:
        stream = sample_run(run, seed)
        began = time.thread_time()
        results.append(simulate_run(run, stream, profile, max_in_system))
        seconds += time.thread_time() - began

    latencies = {name: _mean(getattr(r, name) for r in results) for name in LATENCY_NAMES}
    latencies["ttft_mean"] = _mean(ttft_as_measured(run, result) for result in results)
    return Replay(
        throughput=_mean(result.completed_throughput for result in results),
        engine_throughput=_mean(result.served_throughput for result in results),
        memory_error=False,
        seconds=seconds / len(results),
        **latencies,
    )


def simulate_run(
    run: MeasuredRun,
    stream: RequestStream,
    profile: ServingProfile,
    max_in_system: int = MAX_IN_SYSTEM,
) -> SimulationResult:
    """Simulate the requests of a measured run from the state that its engine started in.

    The bound is not for runs that tell of their client, which fails no request.
    """
    # V0 reads adapters at their first request; with V1 all of them are loaded at its start.
    start = Start.COLD if profile.scheduler == "v0" else Start.FRESH
    config = run.engine_config(profile)
    if run.client is not None:
        return simulate_client(stream, config, profile, run.client.max_concurrency, start)
    return simulate_stream(stream, config, profile, max_in_system=max_in_system, start=start)


def ttft_as_measured(run: MeasuredRun, result: SimulationResult) -> float:
    """Mean TTFT in seconds, over the requests that the run's own figure is over."""
    if not run.ttft_charges_unfinished or not result.num_requests:
        return result.ttft_mean
    unfinished = result.num_requests - result.num_finished
    served = result.num_finished * result.ttft_mean if result.num_finished else 0.0
    return (served + unfinished * result.duration) / result.num_requests


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
