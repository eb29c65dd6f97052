"""What GPUs did in a simulation of the verification: latencies, the queue, what was in use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from estimators.simulation.canonical_traffic import CanonicalTraffic
from estimators.simulation.simulated_traffic import in_mixed_order
from estimators.window import Window
from twin.engine.simulate import simulate_stream
from twin.workload.workload import Workload

__all__ = ["Behaviour", "observe"]

FloatArray = NDArray[np.float64]

_SAMPLES = 120  # of the state of an engine over the window


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """One simulated window of one GPU.

    Parameters
    ----------
    duration : float
        Seconds.
    ttft, tpot : ndarray of shape (n,)
        Seconds to the first token, and for each further one, of the requests that finished,
        ascending.
    time : ndarray of shape (samples,)
        Seconds since the begin.
    waiting : ndarray of shape (samples,)
        Requests that wait.
    busy, slots, kv, batch : float
        Share of the time in which the engine worked, and of its adapter slots, KV memory and
        batch size that was in use, on average; 0 slots in use where there are none.
    kv_most : float
        Largest share of the KV memory in use.
    """

    duration: float
    ttft: FloatArray
    tpot: FloatArray
    time: FloatArray
    waiting: FloatArray
    busy: float
    slots: float
    kv: float
    batch: float
    kv_most: float


def observe(candidate: Candidate, seed: int, duration: float) -> Behaviour | None:
    """Simulate a GPU as the verification did under one of its seeds, and look at it.

    Parameters
    ----------
    candidate : Candidate
    seed : int
    duration : float
        Seconds; more where few requests arrive, as `estimators.window.Window` says.

    Returns
    -------
    Behaviour or None
        None where the engine does not start.
    """
    config = candidate.config
    adapters, _ = CanonicalTraffic().canonical(candidate.adapters)
    seconds = Window(duration).seconds(candidate.rate)
    workload = Workload(in_mixed_order(adapters))
    stream = workload.sample(seconds, np.random.default_rng(seed))
    run = simulate_stream(
        stream, config, candidate.profile, records=True, resolution=seconds / _SAMPLES
    )
    records, series = run.records, run.series
    if records is None or series is None:
        return None
    finished = ~np.isnan(records.finish)
    further = finished & (stream.output_tokens > 1)
    tpot = (records.finish - records.first_token)[further] / (stream.output_tokens[further] - 1)
    return Behaviour(
        seconds,
        np.sort((records.first_token - records.arrival)[finished]),
        np.sort(tpot),
        series.time,
        series.waiting,
        run.busy_fraction,
        run.adapters_mean / config.max_loras if config.max_loras else 0.0,
        run.kv_usage_mean,
        run.running_mean / config.max_num_seqs,
        run.kv_usage_max,
    )
