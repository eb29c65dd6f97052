"""Simulate one GPU's engine: from a workload or a request stream to figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from twin.engine.records import engine_records, engine_series
from twin.engine.simulation_result import SimulationResult
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import EngineLimits, Requests, engine_bytes, new_engine
from twin.workload.free_memory import require_memory
from twin.workload.stopped import never, stop_if
from twin.workload.workload import RequestStream, Workload

__all__ = [
    "check_window",
    "engine_limits",
    "engine_requests",
    "require_simulation_memory",
    "simulate",
    "simulate_stream",
]

# Bytes for each request: of a request stream; of times and latencies of what finished, and of
# arrivals behind the front end; of its record.
_STREAM_BYTES = 20
_OUTCOME_BYTES = 56
_RECORD_BYTES = 29
_SLICE = 50_000  # requests that are simulated without asking whether to go on
_V0_WATERMARK = 0.01  # share of the KV blocks that vLLM's V0 scheduler keeps free on admission


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
    from twin.kernel.engine import advance

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
        at_engine, still = profile.front_end.pass_on_later(
            stream.arrival, stream.adapter, set_up, -math.inf
        )
        requests = requests._replace(arrival=at_engine)
    elif profile.front_end.request > 0:
        requests = requests._replace(arrival=stream.arrival + profile.front_end.request)
    to_gpu, from_disk = profile.load_seconds(stream.adapter_rank, config)
    engine = new_engine(
        len(stream),
        int(stream.output_tokens.max(initial=1)),
        stream.adapter_rank,
        to_gpu,
        from_disk,
        limits,
        num_samples,
        [] if start is Start.COLD else np.flatnonzero(stream.adapter_rank).tolist(),
    )
    costs = profile.step_time.costs(config)
    window = float(stream.duration)
    interval = float(resolution)
    for until in _slices(requests.arrival, window):
        stop_if(stop)
        advance(engine, requests, limits, costs, len(stream), until, window, interval)
    outcome = engine_outcome(
        engine,
        requests._replace(arrival=stream.arrival),
        stream.arrival,
        still,
        limits,
        profile,
        window,
    )
    return summarize(
        [outcome],
        window,
        len(stream),
        stream.offered_tokens,
        records=engine_records(engine, stream.arrival, stream.adapter, still) if records else None,
        series=engine_series(engine, limits, interval) if resolution > 0 else None,
    )


def _slices(arrival: NDArray[np.float64], window: float) -> Iterator[float]:
    """Ends of the parts in which a window is simulated, the same for the same requests."""
    yield from (min(window, float(arrival[k])) for k in range(_SLICE, arrival.size, _SLICE))
    yield window


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


def engine_limits(
    config: EngineConfig,
    profile: ServingProfile,
    adapter_rank: NDArray[np.int64],
    max_in_system: int = 0,
) -> EngineLimits:
    """Bounds of a step for an engine that serves adapters of these ranks.

    Raises
    ------
    InputError
        If a rank exceeds ``max_lora_rank``, or there are adapters but no slots.
    """
    num_adapters = int(np.count_nonzero(adapter_rank))
    if num_adapters and config.max_loras < 1:
        raise InputError("max_loras", f"it is 0 for {num_adapters} adapters", "at least 1")
    if num_adapters and adapter_rank.max() > config.max_lora_rank:
        raise InputError(
            "max_lora_rank", f"{config.max_lora_rank} is below rank {adapter_rank.max()}"
        )
    blocks = profile.kv_tokens(config) // config.block_size
    prefill_first = profile.scheduler == "v0"
    return EngineLimits(
        max_loras=config.max_loras,
        host_adapters=num_adapters if config.max_cpu_loras is None else config.max_cpu_loras,
        max_num_seqs=config.max_num_seqs,
        max_num_batched_tokens=config.max_num_batched_tokens,
        kv_blocks=blocks,
        block_size=config.block_size,
        max_in_system=max_in_system,
        prefill_first=prefill_first,
        watermark_blocks=int(_V0_WATERMARK * blocks) if prefill_first else 0,
        overlap_loads=profile.overlap_loads,
        asynchronous=profile.async_scheduling,
        slots_linger=profile.hold_slots,
        reserve_prompts=profile.reserve_prompts,
    )


def engine_requests(stream: RequestStream) -> Requests:
    """Requests as the kernel takes them: those for rank 0 are for the base model."""
    adapter, rank = stream.adapter, stream.adapter_rank
    if (adapter.size and adapter.min() < 0) or (rank.size and rank.min() < 1):
        of_base = (adapter < 0) | (np.append(rank, 0)[adapter] < 1)
        adapter = np.where(of_base, rank.size, adapter)
    return Requests(
        stream.arrival,
        np.ascontiguousarray(adapter, np.int32),
        np.ascontiguousarray(stream.prompt_tokens, np.int32),
        np.ascontiguousarray(stream.output_tokens, np.int32),
    )


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
