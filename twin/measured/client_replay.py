"""Requests of a client that waits for the last answer, on the twin."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from twin.engine.latency import Distribution
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import RequestRecords, SimulationResult
from twin.engine.start import Start
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.workload import RequestStream

__all__ = ["ENDLESS", "simulate_client"]

ENDLESS = 1e6
"""Window in seconds in which every answer is complete."""

_OVER_TIME = (
    *("offered_throughput", "served_throughput", "completed_throughput"),
    *("running_mean", "waiting_mean", "adapters_mean"),
    *("kv_usage_mean", "busy_fraction", "loading_fraction"),
)  # figures that are divided by the length of the window


def simulate_client(
    stream: RequestStream,
    config: EngineConfig,
    profile: ServingProfile,
    max_concurrency: int,
    start: Start,
) -> SimulationResult:
    """Simulate requests until the last of them is answered, which ends the window.

    A client that has so many open requests holds further ones back, first in, first out. An engine
    that runs no more at a time does the same steps, as long as it has slots for all of them; only
    the time to the first token counts from the moment at which the client lets a request go.

    Parameters
    ----------
    stream : RequestStream
        Requests at the times at which they are to be sent.
    config : EngineConfig
    profile : ServingProfile
    max_concurrency : int
        Requests that the client keeps open; 0 for no bound.
    start : Start
        State of the adapters at the begin.

    Raises
    ------
    InputError
        As for `simulate_stream`.
    """
    if max_concurrency:
        config = replace(config, max_num_seqs=min(config.max_num_seqs, max_concurrency))
    result = simulate_stream(
        replace(stream, duration=ENDLESS), config, profile, start=start, records=True
    )
    records = result.records
    if records is None or not result.num_finished:
        return result
    end = float(np.nanmax(records.finish))
    figures = {name: getattr(result, name) * ENDLESS / end for name in _OVER_TIME}
    result = replace(result, duration=end, energy_joules=math.nan, records=None, **figures)
    return _from_sending(result, records, max_concurrency) if max_concurrency else result


def _from_sending(
    result: SimulationResult, records: RequestRecords, max_concurrency: int
) -> SimulationResult:
    """The figures with times to the first token that count from the moment of sending."""
    finish = np.sort(records.finish)
    sent = records.arrival.copy()
    held = sent.size - max_concurrency
    if held > 0:
        sent[max_concurrency:] = np.maximum(sent[max_concurrency:], finish[:held])
    wait = records.first_token - sent
    ttft = Distribution.of(wait[~np.isnan(wait)])
    return replace(
        result, ttft_mean=ttft.mean, ttft_p50=ttft.p50, ttft_p90=ttft.p90, ttft_p99=ttft.p99
    )
