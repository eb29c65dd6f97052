"""Run one engine: from a request stream to the state in which the window leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import Engine, EngineLimits, Requests, StepCosts, new_engine
from twin.workload.stopped import never, stop_if
from twin.workload.workload import RequestStream

__all__ = ["engine_limits", "engine_requests", "idle_engine", "passed_on", "run_engine"]

_SLICE = 50_000  # requests that are simulated without asking whether to go on
_V0_WATERMARK = 0.01  # share of the KV blocks that vLLM's V0 scheduler keeps free on admission


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


def passed_on(stream: RequestStream, profile: ServingProfile) -> NDArray[np.float64]:
    """When requests reach the engine in s, where nothing keeps the server before it."""
    if profile.front_end.request > 0:
        return stream.arrival + profile.front_end.request
    return stream.arrival


def idle_engine(
    stream: RequestStream,
    config: EngineConfig,
    profile: ServingProfile,
    limits: EngineLimits,
    num_samples: int = 0,
    *,
    loaded: bool = True,
) -> Engine:
    """Engine at time 0 with room for the requests of a stream.

    Parameters
    ----------
    stream, config, profile, limits
        Of the engine.
    num_samples : int
        Rows of the time series.
    loaded : bool
        Whether adapters are on the GPU and in host memory, as many as these hold.
    """
    rank = stream.adapter_rank
    to_gpu, from_disk = profile.load_seconds(rank, config)
    longest = int(stream.output_tokens.max(initial=1))
    known = np.flatnonzero(rank).tolist() if loaded else []
    return new_engine(len(stream), longest, rank, to_gpu, from_disk, limits, num_samples, known)


def run_engine(
    engine: Engine,
    requests: Requests,
    limits: EngineLimits,
    costs: StepCosts,
    window: float,
    interval: float = 0.0,
    stop: Callable[[], bool] = never,
) -> None:
    """Advance an idle engine to the end of a window.

    Parameters
    ----------
    engine : Engine
    requests : Requests
        With the times at which they reach the engine.
    limits, costs
        Of the engine.
    window, interval : float
        Length of the window, and the interval of the time series or 0, in seconds.
    stop : callable
        Whether to give up.

    Raises
    ------
    Stopped
        If it was given up.
    """
    from twin.kernel.engine import advance  # here: compiled

    number = requests.arrival.size
    for until in _slices(requests.arrival, window):
        stop_if(stop)
        advance(engine, requests, limits, costs, number, until, window, interval)


def _slices(arrival: NDArray[np.float64], window: float) -> Iterator[float]:
    """Ends of the parts in which a window is simulated, the same for the same requests."""
    yield from (min(window, float(arrival[k])) for k in range(_SLICE, arrival.size, _SLICE))
    yield window
