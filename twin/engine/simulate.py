"""Simulate one GPU's engine: from a workload or a request stream to figures."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from twin.engine.records import engine_records, engine_series
from twin.engine.run_engine import (
    engine_limits,
    engine_requests,
    idle_engine,
    passed_on,
    run_engine,
)
from twin.engine.simulation_result import SimulationResult
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import engine_bytes
from twin.workload.free_memory import require_memory
from twin.workload.stopped import never
from twin.workload.workload import RequestStream, Workload

__all__ = [
    "check_window",
    "require_simulation_memory",
    "served_throughput",
    "simulate",
    "simulate_stream",
]

# Bytes for each request: of a request stream; of times and latencies of what finished, and of
# arrivals behind the front end; of its record.
_STREAM_BYTES = 20
_OUTCOME_BYTES = 56
_RECORD_BYTES = 29


def simulate(
    workload: Workload,
    config: EngineConfig,
    profile: ServingProfile,
    *,
    duration: float = 3600.0,
    seed: int = 0,
) -> SimulationResult:
    """Sample a workload and simulate it on one GPU.

    Parameters
    ----------
    workload : Workload
        Adapters with their traffic.
    config : EngineConfig
        How the engine is started.
    profile : ServingProfile
        What things cost.
    duration : float
        Length of the window in seconds.
    seed : int
        Seed of the arrivals and lengths.

    Raises
    ------
    InputError
        If the duration is not positive or an adapter's rank exceeds ``max_lora_rank``.
    InsufficientMemoryError
        If the requests would not fit into the memory that is free.
    """
    check_window(duration)
    require_simulation_memory(workload.rate * duration)
    stream = workload.sample(duration, np.random.default_rng(seed))
    return simulate_stream(stream, config, profile)


def simulate_stream(
    stream: RequestStream,
    config: EngineConfig,
    profile: ServingProfile,
    *,
    max_in_system: int = 0,
    start: Start = Start.WARM,
    records: bool = False,
    resolution: float = 0.0,
    stop: Callable[[], bool] = never,
) -> SimulationResult:
    """Simulate a given request stream on one GPU.

    Parameters
    ----------
    stream : RequestStream
        Requests in order of arrival.
    config, profile
        As for `simulate`.
    max_in_system : int
        Requests beyond this many running or waiting are turned away; 0 for no bound.
    start : Start
        State of the adapters at the begin of the window.
    records : bool
        Return one record for each request.
    resolution : float
        Interval of the time series in seconds; 0 for none.
    stop : callable
        Whether to give up; asked every now and then. What it answers changes no figure.

    Raises
    ------
    Stopped
        If the simulation was to be given up.
    InputError
        If an adapter's rank exceeds ``max_lora_rank``, there are adapters but no slots, or the
        bound or the interval is negative.
    InsufficientMemoryError
        If the simulation would not fit into the memory that is free.
    """
    # Compiled code takes long to import, and whoever only names this function does not need it.
    from twin.engine.outcome import engine_outcome
    from twin.engine.summary import summarize

    check_window(stream.duration, max_in_system, resolution)
    if memory_error := profile.memory_error(config):
        return SimulationResult(
            stream.duration,
            stream.offered_tokens / stream.duration,
            num_requests=len(stream),
            memory_error=memory_error,
        )
    limits = engine_limits(config, profile, stream.adapter_rank, max_in_system)
    num_samples = int(stream.duration / resolution + 1e-9) if resolution > 0 else 0
    _require_memory(len(stream), _simulation_bytes(len(stream), records, num_samples))
    requests = engine_requests(stream)
    still = np.empty((0, 2))
    if start is not Start.WARM and profile.front_end.adapter_setup > 0:
        set_up = stream.adapter_rank < 1  # the base model
        arrival, still = profile.front_end.pass_on_later(
            stream.arrival, stream.adapter, set_up, -math.inf
        )
    else:
        arrival = passed_on(stream, profile)
    loaded = start is not Start.COLD
    engine = idle_engine(stream, config, profile, limits, num_samples, loaded=loaded)
    window, interval = float(stream.duration), float(resolution)
    costs = profile.step_time.costs(config)
    at_engine = requests._replace(arrival=arrival)
    run_engine(engine, at_engine, limits, costs, window, interval, stop)
    outcome = engine_outcome(engine, requests, stream.arrival, still, limits, profile, window)
    return summarize(
        [outcome],
        window,
        len(stream),
        stream.offered_tokens,
        records=engine_records(engine, stream.arrival, stream.adapter, still) if records else None,
        series=engine_series(engine, limits, interval) if resolution > 0 else None,
    )


def served_throughput(
    stream: RequestStream,
    config: EngineConfig,
    profile: ServingProfile,
    stop: Callable[[], bool] = never,
) -> float:
    """Tokens/s, input and output together, that an engine processes; see `simulate_stream`.

    The same as in its result, and sooner: latencies are not looked at.

    Parameters
    ----------
    stream, config, profile, stop
        As for `simulate_stream`, of an engine that starts.

    Raises
    ------
    Stopped, InputError, InsufficientMemoryError
        As by `simulate_stream`.
    """
    from twin.engine.outcome import served_tokens  # here: compiled

    check_window(stream.duration)
    limits = engine_limits(config, profile, stream.adapter_rank)
    _require_memory(len(stream), _simulation_bytes(len(stream)))
    requests = engine_requests(stream)
    engine = idle_engine(stream, config, profile, limits)
    window, costs = float(stream.duration), profile.step_time.costs(config)
    at_engine = requests._replace(arrival=passed_on(stream, profile))
    run_engine(engine, at_engine, limits, costs, window, stop=stop)
    return served_tokens(engine, requests) / window


def check_window(duration: float, max_in_system: int = 0, resolution: float = 0.0) -> None:
    """Refuse parameters of a simulation that are out of range.

    Raises
    ------
    InputError
        If the duration is not positive, or the bound or the interval is negative.
    """
    if not (np.isfinite(duration) and duration > 0):
        raise InputError("duration", f"{duration!r} is not a positive number of seconds")
    if not (np.isfinite(resolution) and resolution >= 0):
        raise InputError("resolution", f"{resolution!r} is not a number of seconds >= 0")
    if max_in_system < 0:
        raise InputError("max_in_system", f"{max_in_system} is negative", "0 for no bound")


def require_simulation_memory(
    num_requests: float, records: bool = False, num_samples: int = 0
) -> None:
    """Refuse to draw and simulate more requests than fit into memory.

    Raises
    ------
    InsufficientMemoryError
        If they do not fit into the memory that is free.
    """
    needed = _STREAM_BYTES * num_requests + _simulation_bytes(num_requests, records, num_samples)
    _require_memory(num_requests, needed)


def _simulation_bytes(num_requests: float, records: bool = False, num_samples: int = 0) -> float:
    """Bytes that a simulation needs beside its request stream."""
    per_request = _OUTCOME_BYTES + (_RECORD_BYTES if records else 0)
    return engine_bytes(num_requests, num_samples) + per_request * num_requests


def _require_memory(num_requests: float, needed: float) -> None:
    require_memory(
        needed,
        f"simulating {num_requests:,.0f} requests",
        "choose a shorter duration, lower rates or a coarser resolution",
    )
