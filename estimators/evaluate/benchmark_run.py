"""What a model says about a measured run, which is a benchmark and no steady state.

A benchmark begins with a server that knows no adapter: each one's first request blocks it
(`twin.gpu.front_end`), and with V0 the engine reads it from disk meanwhile. It ends when a window
is over, and what has not finished by then counts for nothing. And its client keeps a limited
number of requests open. None of that is part of what models are trained on. So requests are drawn,
passed on by the front end, and led through a queue that serves them at the rate that the model
foretells; the engine is not simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.dataset.edge import scaled
from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.equilibrium import equilibrium
from estimators.model.predictor import Predictor
from twin.compiled import compiled
from twin.gpu.front_end import FrontEnd, deliver
from twin.gpu.profile import ServingProfile
from twin.measured.replay import MAX_IN_SYSTEM
from twin.measured.run import MeasuredRun
from twin.measured.run_stream import run_lengths, sample_run
from twin.workload.adapter import Adapter

__all__ = ["PredictedRun", "predict_run", "run_adapters"]

FloatArray = NDArray[np.float64]

_KEEPS_UP = 0.99  # served share from which an engine keeps up in the long run
_HALVINGS = 12
_LEAST_WORK = 0.1  # share of the time in which an engine works that reads adapters


@dataclass(frozen=True, slots=True)
class PredictedRun:
    """Figures of a run, defined as those of `twin.measured.MeasuredRun`.

    Parameters
    ----------
    throughput : float
        Tokens/s of the requests that finish.
    tpot, ttft : float
        Seconds.
    memory_error : bool
        Whether the engine does not start; the other figures are NaN then.
    """

    throughput: float
    tpot: float
    ttft: float
    memory_error: bool


def run_adapters(run: MeasuredRun) -> tuple[Adapter, ...]:
    """Adapters of a run, ranks and rates dealt to them independently of each other."""
    rng = np.random.default_rng(0)
    ranks = rng.permutation(np.repeat(list(run.ranks), list(run.ranks.values())))
    rates = rng.permutation(np.repeat(list(run.rates), list(run.rates.values())))
    lengths = run_lengths(run)
    return tuple(
        Adapter(f"adapter-{index}", int(rank), float(rate), lengths)
        for index, (rank, rate) in enumerate(zip(ranks, rates, strict=True))
    )


def predict_run(
    run: MeasuredRun,
    predictor: Predictor,
    *,
    seed: int = 0,
    max_in_system: int = MAX_IN_SYSTEM,
) -> PredictedRun:
    """Predict the figures of a measured run.

    Parameters
    ----------
    run : MeasuredRun
        A run with adapters.
    predictor : Predictor
        Of what served it.
    seed : int
        Of the requests that are drawn.
    max_in_system : int
        Requests that the benchmark client keeps open at most; 0 for no bound.

    Raises
    ------
    InputError
        If the run has no adapter slots, or an adapter's rank exceeds its ``max_lora_rank``.
    """
    engine = predictor.engine(run.engine_config(predictor.profile))
    if engine[fig.KV_TOKENS] <= 0:
        return PredictedRun(math.nan, math.nan, math.nan, True)
    adapters = run_adapters(run)
    traffic = predictor.traffic(adapters)
    stretch = _stretch(adapters, predictor.profile, run.duration)
    figures = _bounded(predictor, traffic, engine, run.duration, stretch, max_in_system)
    rate, accepted = traffic[stat.RATE], figures.rate
    denser = scaled(traffic, stretch)
    balance = equilibrium(denser, engine, run.duration, np.empty((3, stat.NUM_BINS)))
    capacity = balance.capacity / stretch
    share, most = figures.served / accepted, figures.served
    if share >= _KEEPS_UP:
        share, most = 1.0, max(accepted, capacity)
    stream = sample_run(run, seed)
    setup = predictor.profile.front_end.adapter_setup
    if predictor.profile.scheduler == "v0":
        setup += float(_cold(adapters, predictor.profile).mean())
    at_engine, still = FrontEnd(setup).pass_on(
        stream.arrival, stream.adapter, stream.adapter_rank.size
    )
    # Requests that the engine starts, less those that run when the window ends.
    started = _started(at_engine, most, run.duration)
    if share < 1:
        most = share * len(stream)
        if capacity >= rate:
            # What the front end held back comes the denser afterwards, of which an engine that is
            # short of slots, and not at its capacity, serves more.
            denser = scaled(traffic, max(1.0, min(1 / _LEAST_WORK, most / max(1.0, started))))
            caught = _bounded(predictor, denser, engine, run.duration, stretch, max_in_system)
            started *= max(1.0, caught.served / figures.served)
        started = min(started, most)
    running = figures.served * figures.tpot * traffic[stat.OUTPUT] / rate
    finished = max(0.0, started - running)
    tokens = (traffic[stat.PROMPT] + traffic[stat.OUTPUT]) / rate
    # The usual wait is part of the model's answer; what the front end holds back adds to it.
    service = 1 / max(capacity, figures.served)
    delay = _delay(at_engine, service) - _delay(stream.arrival, service)
    first = deliver(at_engine + delay + figures.ttft, still)
    in_time = first < run.duration
    ttft = float((first - stream.arrival)[in_time].mean()) if in_time.any() else math.nan
    if run.ttft_charges_unfinished and len(stream):
        late = 1 - finished / len(stream)
        ttft = (1 - late) * ttft + late * run.duration
    return PredictedRun(finished * tokens / run.duration, figures.tpot, ttft, False)


@dataclass(frozen=True, slots=True)
class _Figures:
    """Requests/s that come in and that are served; mean latencies in seconds."""

    rate: float
    served: float
    tpot: float
    ttft: float


def _stretch(adapters: Sequence[Adapter], profile: ServingProfile, seconds: float) -> float:
    """Time over the time in which the engine works.

    Where it stands still for every adapter that it reads from disk, at the adapter's first
    request.
    """
    if profile.scheduler != "v0":
        return 1.0
    first = 1 - np.exp(-seconds * np.array([adapter.rate for adapter in adapters]))
    return 1 / max(_LEAST_WORK, 1 - float(first @ _cold(adapters, profile)) / seconds)


def _cold(adapters: Sequence[Adapter], profile: ServingProfile) -> FloatArray:
    """Seconds to read each adapter from disk."""
    return profile.adapter_load.from_disk(np.array([adapter.rank for adapter in adapters]))


def _bounded(
    predictor: Predictor,
    traffic: FloatArray,
    engine: FloatArray,
    seconds: float,
    stretch: float,
    most: int,
) -> _Figures:
    """Figures of traffic, cut until its queue is on average what the client lets it become.

    What comes in while the engine stands still makes the traffic that much denser while it works.
    """
    rate, window = float(traffic[stat.RATE]), np.array([seconds])

    def ask(factor: float) -> _Figures:
        predictions = predictor.model.predict(
            scaled(traffic, factor * stretch)[None, :],
            engine[None, :],
            np.zeros(1, np.int64),
            window,
        )
        (estimate,) = predictor.estimates(predictions)
        return _Figures(
            factor * rate,
            estimate.served_ratio * factor * rate,
            estimate.tpot_mean * stretch,
            estimate.ttft_mean * stretch,
        )

    def too_long(figures: _Figures) -> bool:
        """Whether the queue at this rate exceeds the one that the client's bound allows."""
        growth = max(1e-9, rate - figures.served)
        full = min(seconds, most / growth)
        allowed = most * (1 - full / seconds) + growth * full / seconds * full / 2
        return (figures.rate - figures.served) * seconds / 2 > allowed

    figures = ask(1.0)
    if not most or not too_long(figures):
        return figures
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        figures = ask(middle)
        low, high = (low, middle) if too_long(figures) else (middle, high)
    return figures


@compiled
def _started(arrival: FloatArray, rate: float, seconds: float) -> float:
    """Requests that a server of some rate begins within a window; ``arrival`` is sorted."""
    least = rate * seconds
    for i in range(arrival.size):
        if arrival[i] >= seconds:
            return min(least, float(i))
        least = min(least, i + rate * (seconds - arrival[i]))
    return min(least, float(arrival.size))


@compiled
def _delay(arrival: FloatArray, service: float) -> FloatArray:
    """Waiting times of requests that are served one after the other, each for ``service`` s."""
    delay = np.zeros(arrival.size)
    for i in range(1, arrival.size):
        delay[i] = max(0.0, delay[i - 1] + service - (arrival[i] - arrival[i - 1]))
    return delay
