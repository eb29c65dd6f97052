"""What an engine recorded on demand: one entry for each request, and its state over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.engine.simulation_result import RequestRecords, TimeSeries
from twin.gpu.front_end import deliver
from twin.kernel.layout import Engine, EngineLimits

__all__ = ["engine_records", "engine_series"]

FloatArray = NDArray[np.float64]


def engine_records(
    engine: Engine,
    arrival: FloatArray,
    adapter: NDArray[np.signedinteger],
    still: FloatArray,
) -> RequestRecords:
    """Records of the engine's first requests.

    Parameters
    ----------
    engine : Engine
    arrival : ndarray of shape (n,)
        Times at the clients in seconds.
    adapter : ndarray of shape (n,)
        Index of the adapter, -1 for the base model.
    still : ndarray of shape (m, 2)
        Periods in which the server stood still; see `twin.gpu.front_end`.
    """
    from twin.kernel.outcome import record_times  # here: compiled

    first_token, finish = np.empty((2, arrival.size))
    record_times(engine, first_token, finish)
    return RequestRecords(
        arrival,
        deliver(first_token, still),
        deliver(finish, still),
        adapter,
        engine.request["preempted"][: arrival.size].copy(),
        engine.rejected[: arrival.size],
    )


def engine_series(engine: Engine, limits: EngineLimits, resolution: float) -> TimeSeries:
    """State over time; zero before the engine's first step and after its last, when it idles.

    Parameters
    ----------
    resolution : float
        Interval of the samples in seconds.
    """
    rows = engine.series
    time = np.arange(1, len(rows) + 1, dtype=np.float64) * resolution
    kv_usage = rows[:, 3] / max(1, limits.kv_blocks)
    return TimeSeries(time, rows[:, 1], rows[:, 2], kv_usage, rows[:, 4])
