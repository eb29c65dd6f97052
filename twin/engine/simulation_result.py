"""What a simulation returns: summary figures, and records of requests and time on demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.engine.latency import Latencies

__all__ = ["STARVATION_THRESHOLD", "RequestRecords", "SimulationResult", "TimeSeries"]

STARVATION_THRESHOLD = 0.9
"""Served share of the offered throughput below which an engine starves, as usually defined."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RequestRecords:
    """One entry for each request, in order of arrival.

    Parameters
    ----------
    arrival, first_token, finish : ndarray of shape (n,)
        Times in seconds; NaN where it did not happen in the window.
    adapter : ndarray of shape (n,)
        Index of the adapter, -1 for the base model.
    preemptions : ndarray of shape (n,)
        How often the request was preempted.
    rejected : ndarray of shape (n,)
        Whether it was turned away.
    """

    arrival: FloatArray
    first_token: FloatArray
    finish: FloatArray
    adapter: NDArray[np.signedinteger]
    preemptions: NDArray[np.int32]
    rejected: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """State of the engine at regular times; all arrays of shape (samples,).

    Parameters
    ----------
    time : ndarray
        Seconds since the start of the window.
    running, waiting : ndarray
        Requests.
    kv_usage : ndarray
        Share of the KV cache in use, 0 to 1.
    adapters : ndarray
        Distinct adapters in the batch.
    """

    time: FloatArray
    running: FloatArray
    waiting: FloatArray
    kv_usage: FloatArray
    adapters: FloatArray


@dataclass(frozen=True, slots=True)
class SimulationResult(Latencies[float]):
    """Figures of one simulated window.

    The latencies are those of `Latencies`; the quantiles of the gaps between output tokens (ITL)
    take in the gaps of requests that have not finished.

    Parameters
    ----------
    duration : float
        Length of the window in seconds.
    offered_throughput, served_throughput : float
        Input plus output tokens/s that arrive, and that the engine computed for the first time.
    completed_throughput : float
        Tokens/s of the requests that finished in the window, as benchmark tools count.
    num_requests, num_finished, num_rejected : int
        Requests that arrived, finished and were turned away.
    backlog_requests : int
        Requests running or waiting at the end.
    backlog_growth : float
        Growth of these over the second half of the window, in requests/s.
    preemptions, adapter_loads, disk_loads : int
        How often a request was preempted, an adapter copied to the GPU, and read from disk.
    kv_usage_mean, kv_usage_max : float
        Share of the KV cache in use, 0 to 1.
    running_mean, waiting_mean, adapters_mean : float
        Time averages of running and waiting requests, and of distinct adapters in the batch.
    busy_fraction, loading_fraction : float
        Share of the window in which the engine worked, and in which it loaded adapters.
    energy_joules : float
        Energy of the window; NaN where the profile has no power.
    memory_error : str or None
        Why the engine does not start; nothing is served then.
    """

    duration: float
    offered_throughput: float
    served_throughput: float = 0.0
    completed_throughput: float = 0.0
    num_requests: int = 0
    num_finished: int = 0
    num_rejected: int = 0
    backlog_requests: int = 0
    backlog_growth: float = 0.0
    preemptions: int = 0
    adapter_loads: int = 0
    disk_loads: int = 0
    kv_usage_mean: float = 0.0
    kv_usage_max: float = 0.0
    running_mean: float = 0.0
    waiting_mean: float = 0.0
    adapters_mean: float = 0.0
    busy_fraction: float = 0.0
    loading_fraction: float = 0.0
    energy_joules: float = np.nan
    memory_error: str | None = None
    records: RequestRecords | None = None
    series: TimeSeries | None = None

    @property
    def served_ratio(self) -> float:
        """Served over offered throughput; 1 when nothing arrives."""
        if self.offered_throughput == 0:
            return 1.0
        return self.served_throughput / self.offered_throughput

    def starved(self, threshold: float = STARVATION_THRESHOLD) -> bool:
        """Whether less than this share of the offered throughput is served."""
        return self.served_ratio < threshold
