"""EngineOutcome: what an engine did, in quantities that add up over engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.gpu.front_end import deliver
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import Engine, EngineLimits, Requests
from twin.kernel.outcome import (
    completed_tokens,
    finish_times,
    latencies,
    unfinished_tokens,
)

__all__ = ["EngineOutcome", "Totals", "engine_outcome", "served_tokens"]

FloatArray = NDArray[np.float64]


class Totals(NamedTuple):
    """Quantities of which engines have the sum.

    Parameters
    ----------
    num_requests, num_finished, num_rejected, backlog : int
        Requests that arrived, finished, were turned away, and ran or waited at the end. An engine
        that failed has no backlog: it lost what it had.
    backlog_midway : int
        Requests that ran or waited in the middle of the window.
    completed_tokens, unfinished_tokens : int
        Of the requests that finished, and computed so far of those that did not.
    gaps : int
    gap_seconds : float
        Gaps between the tokens of the requests that finished, and their sum.
    preemptions, adapter_loads, disk_loads : int
    busy, loading : float
        Seconds of work, and of adapter loads.
    running, waiting, adapters, kv_usage : float
        Integrals over time, in requests, adapters and shares of the KV cache times seconds.
    joules : float
    """

    num_requests: int
    num_finished: int
    num_rejected: int
    backlog: int
    backlog_midway: int
    completed_tokens: int
    unfinished_tokens: int
    gaps: int
    gap_seconds: float
    preemptions: int
    adapter_loads: int
    disk_loads: int
    busy: float
    loading: float
    running: float
    waiting: float
    adapters: float
    kv_usage: float
    joules: float

    @property
    def num_aborted(self) -> int:
        """Requests that were lost when the engine failed."""
        return self.num_requests - self.num_finished - self.num_rejected - self.backlog


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """What engines did from their start to the end of the window, or to their failure.

    Parameters
    ----------
    totals : Totals
    ttft, tpot : ndarray
        Seconds, of the requests that finished, and of those with two tokens or more.
    gap_counts : ndarray
        Histogram of all gaps between tokens.
    kv_usage_max : float
        Largest share of a KV cache that was in use.
    """

    totals: Totals
    ttft: FloatArray
    tpot: FloatArray
    gap_counts: NDArray[np.int64]
    kv_usage_max: float

    @classmethod
    def of_all(cls, outcomes: Sequence[EngineOutcome]) -> EngineOutcome:
        """What all these did, which are at least one."""
        if len(outcomes) == 1:
            return outcomes[0]
        return cls(
            Totals(*map(sum, zip(*(outcome.totals for outcome in outcomes), strict=True))),
            np.concatenate([outcome.ttft for outcome in outcomes]),
            np.concatenate([outcome.tpot for outcome in outcomes]),
            np.sum([outcome.gap_counts for outcome in outcomes], axis=0),
            max(outcome.kv_usage_max for outcome in outcomes),
        )


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
    done, first, finish = _delivered(engine, still, failed_at)
    ttft, tpot = np.empty((2, done.size))
    completed, gaps, decoding, several = latencies(done, requests, first, finish, ttft, tpot)
    rejected = int(np.count_nonzero(engine.rejected[: s["upcoming"]]))
    midway = 0
    if failed_at is None or failed_at > window / 2:
        midway = _in_system(engine, arrival, finish, window / 2)
    seconds = (window if failed_at is None else failed_at) - begin
    busy = float(s["busy"]) / seconds if seconds > 0 else 0.0
    blocks = max(1, limits.kv_blocks)
    totals = Totals(
        num_requests=arrival.size,
        num_finished=done.size,
        num_rejected=rejected,
        backlog=arrival.size - done.size - rejected if failed_at is None else 0,
        backlog_midway=midway,
        completed_tokens=completed,
        unfinished_tokens=unfinished_tokens(engine, requests) if failed_at is None else 0,
        gaps=gaps,
        gap_seconds=decoding,
        preemptions=int(s["preemptions"]),
        adapter_loads=int(s["gpu_loads"]),
        disk_loads=int(s["disk_loads"]),
        busy=float(s["busy"]),
        loading=float(s["loading"]),
        running=float(s["running_integral"]),
        waiting=float(s["waiting_integral"]),
        adapters=float(s["adapters_integral"]),
        kv_usage=float(s["blocks_integral"]) / blocks,
        joules=seconds * (busy * profile.busy_watts + (1 - busy) * profile.idle_watts),
    )
    most = int(s["blocks_max"]) / blocks
    return EngineOutcome(totals, ttft, tpot[:several], engine.gap_counts, most)


def served_tokens(engine: Engine, requests: Requests) -> int:
    """Tokens, input and output together, that an engine has processed by the end of the window.

    Those of the requests that finished, and what was computed of others; see `engine_outcome`.
    """
    return completed_tokens(engine, requests) + unfinished_tokens(engine, requests)


def _delivered(
    engine: Engine, still: FloatArray, failed_at: float | None
) -> tuple[NDArray[np.int32], FloatArray, FloatArray]:
    """Requests whose last token reached the client, and when (s) the first and the last did."""
    done = engine.finished[: engine.s[0]["finished"]]
    first, finish = np.empty((2, done.size))
    finish_times(engine, first, finish)
    first, finish = deliver(first, still), deliver(finish, still)
    if failed_at is not None:
        done = done[: int(np.searchsorted(finish, failed_at, side="right"))]
    return done, first[: done.size], finish[: done.size]


def _in_system(engine: Engine, arrival: FloatArray, finish: FloatArray, time: float) -> int:
    """Requests that ran or waited at a time (s), given when they came and were delivered."""
    arrived = int(np.searchsorted(arrival, time))
    finished = int(np.searchsorted(finish, time))
    return arrived - finished - int(np.count_nonzero(engine.rejected[:arrived]))
