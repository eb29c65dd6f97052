"""EngineOutcome: what an engine did, in quantities that add up over engines; and their summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.engine.simulation_result import RequestRecords, SimulationResult, TimeSeries
from twin.gpu.front_end import deliver
from twin.gpu.profile import ServingProfile
from twin.kernel.gap_histogram import gap_quantile
from twin.kernel.layout import Engine, EngineLimits, Requests
from twin.kernel.outcome import finish_times, latencies, unfinished_tokens

__all__ = ["EngineOutcome", "engine_outcome", "summarize"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """What one engine did from its start to the end of the window, or to its failure.

    Parameters
    ----------
    num_requests, num_finished, num_rejected, backlog : int
        Requests that arrived, finished, were turned away, and ran or waited at the end. An engine
        that failed has no backlog: it lost what it had.
    backlog_midway : int
        Requests that ran or waited in the middle of the window.
    completed_tokens, unfinished_tokens : int
        Of the requests that finished, and computed so far of those that did not.
    ttft, tpot : ndarray
        Seconds, of the requests that finished, and of those with two tokens or more.
    gaps : int
    gap_seconds : float
        Gaps between the tokens of the requests that finished, and their sum.
    gap_counts : ndarray
        Histogram of all gaps.
    preemptions, gpu_loads, disk_loads : int
    busy, loading : float
        Seconds of work, and of adapter loads.
    running, waiting, adapters, kv_usage : float
        Integrals over time, in requests, adapters and shares of the KV cache times seconds.
    kv_usage_max : float
    joules : float
    """

    num_requests: int
    num_finished: int
    num_rejected: int
    backlog: int
    backlog_midway: int
    completed_tokens: int
    unfinished_tokens: int
    ttft: FloatArray
    tpot: FloatArray
    gaps: int
    gap_seconds: float
    gap_counts: NDArray[np.int64]
    preemptions: int
    gpu_loads: int
    disk_loads: int
    busy: float
    loading: float
    running: float
    waiting: float
    adapters: float
    kv_usage: float
    kv_usage_max: float
    joules: float

    @property
    def num_aborted(self) -> int:
        """Requests that were lost when the engine failed."""
        return self.num_requests - self.num_finished - self.num_rejected - self.backlog


def engine_outcome(
    engine: Engine,
    requests: Requests,
    arrival: FloatArray,
    still: FloatArray,
    limits: EngineLimits,
    profile: ServingProfile,
    window: float,
    *,
    begin: float = 0.0,
    failed_at: float | None = None,
) -> EngineOutcome:
    """Add up what an engine did.

    Parameters
    ----------
    engine : Engine
        Advanced to the end of the window, or of its life.
    requests : Requests
        The arrivals being those at the clients, from which latencies count.
    arrival : ndarray of shape (n,)
        Sorted times in seconds at which the first n requests came to this engine's server.
    still : ndarray of shape (m, 2)
        Periods in which the server stood still; see `twin.gpu.front_end`.
    limits, profile
        Of the engine.
    window : float
        Length of the window in seconds.
    begin, failed_at : float
        When the engine started and, where it did, failed, in seconds. Tokens that were not
        delivered by then are lost.
    """
    s = engine.s[0]
    done = engine.finished[: s["finished"]]
    first, finish = np.empty((2, done.size))
    finish_times(engine, first, finish)
    first, finish = deliver(first, still), deliver(finish, still)
    if failed_at is not None:
        done = done[: int(np.searchsorted(finish, failed_at, side="right"))]
        first, finish = first[: done.size], finish[: done.size]
    ttft, tpot = np.empty((2, done.size))
    completed, gaps, decoding, several = latencies(done, requests, first, finish, ttft, tpot)
    rejected = int(np.count_nonzero(engine.rejected[: s["upcoming"]]))
    midway = 0
    if failed_at is None or failed_at > window / 2:
        arrived = int(np.searchsorted(arrival, window / 2))
        midway = arrived - int(np.searchsorted(finish, window / 2))
        midway -= int(np.count_nonzero(engine.rejected[:arrived]))
    seconds = (window if failed_at is None else failed_at) - begin
    busy = float(s["busy"]) / seconds if seconds > 0 else 0.0
    blocks = max(1, limits.kv_blocks)
    return EngineOutcome(
        num_requests=arrival.size,
        num_finished=done.size,
        num_rejected=rejected,
        backlog=arrival.size - done.size - rejected if failed_at is None else 0,
        backlog_midway=midway,
        completed_tokens=completed,
        unfinished_tokens=unfinished_tokens(engine, requests) if failed_at is None else 0,
        ttft=ttft,
        tpot=tpot[:several],
        gaps=gaps,
        gap_seconds=decoding,
        gap_counts=engine.gap_counts,
        preemptions=int(s["preemptions"]),
        gpu_loads=int(s["gpu_loads"]),
        disk_loads=int(s["disk_loads"]),
        busy=float(s["busy"]),
        loading=float(s["loading"]),
        running=float(s["running_integral"]),
        waiting=float(s["waiting_integral"]),
        adapters=float(s["adapters_integral"]),
        kv_usage=float(s["blocks_integral"]) / blocks,
        kv_usage_max=int(s["blocks_max"]) / blocks,
        joules=seconds * (busy * profile.busy_watts + (1 - busy) * profile.idle_watts),
    )


def summarize(
    outcomes: Sequence[EngineOutcome],
    window: float,
    num_requests: int,
    offered_tokens: int,
    *,
    num_gpus: int = 1,
    records: RequestRecords | None = None,
    series: TimeSeries | None = None,
) -> SimulationResult:
    """Figures of a window over all these engines together.

    Parameters
    ----------
    outcomes : sequence of EngineOutcome
        At least one.
    window : float
        Seconds.
    num_requests, offered_tokens : int
        Requests that arrived, and their input and output tokens.
    num_gpus : int
        GPUs that the engines ran on, one after the other: shares of time and memory are means
        over them.
    """

    def total(name: str) -> float:
        return float(sum(getattr(outcome, name) for outcome in outcomes))

    def count(name: str) -> int:
        return int(total(name))

    ttft = _distribution(_joined([outcome.ttft for outcome in outcomes]))
    tpot = _distribution(_joined([outcome.tpot for outcome in outcomes]))
    gap_counts = sum((o.gap_counts for o in outcomes[1:]), outcomes[0].gap_counts)
    gaps = count("gaps")
    backlog, completed = count("backlog"), count("completed_tokens")
    return SimulationResult(
        duration=window,
        offered_throughput=offered_tokens / window,
        served_throughput=(completed + count("unfinished_tokens")) / window,
        completed_throughput=completed / window,
        ttft_mean=ttft[0],
        ttft_p50=ttft[1],
        ttft_p90=ttft[2],
        ttft_p99=ttft[3],
        tpot_mean=tpot[0],
        tpot_p50=tpot[1],
        tpot_p90=tpot[2],
        tpot_p99=tpot[3],
        itl_mean=total("gap_seconds") / gaps if gaps else np.nan,
        itl_p50=gap_quantile(gap_counts, 0.5),
        itl_p99=gap_quantile(gap_counts, 0.99),
        num_requests=num_requests,
        num_finished=count("num_finished"),
        num_rejected=count("num_rejected"),
        backlog_requests=backlog,
        backlog_growth=(backlog - count("backlog_midway")) / (window / 2),
        preemptions=count("preemptions"),
        adapter_loads=count("gpu_loads"),
        disk_loads=count("disk_loads"),
        kv_usage_mean=total("kv_usage") / window / num_gpus,
        kv_usage_max=max(outcome.kv_usage_max for outcome in outcomes),
        running_mean=total("running") / window,
        waiting_mean=total("waiting") / window,
        adapters_mean=total("adapters") / window,
        busy_fraction=total("busy") / window / num_gpus,
        loading_fraction=total("loading") / window / num_gpus,
        energy_joules=total("joules"),
        records=records,
        series=series,
    )


def _joined(parts: Sequence[FloatArray]) -> FloatArray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _distribution(values: FloatArray) -> tuple[float, float, float, float]:
    """Mean, median, 90th and 99th percentile of values; NaN where there is none."""
    if not values.size:
        return np.nan, np.nan, np.nan, np.nan
    ordered = np.sort(values)  # which NumPy does faster than finding quantiles

    def quantile(probability: float) -> float:
        rank = probability * (ordered.size - 1)
        low = int(rank)
        high = min(low + 1, ordered.size - 1)
        return float(ordered[low] + (rank - low) * (ordered[high] - ordered[low]))

    return float(values.mean()), quantile(0.5), quantile(0.9), quantile(0.99)
