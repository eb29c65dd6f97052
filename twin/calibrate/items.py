"""What a fit compares: measured figures, their simulation, and how far chance alone moves them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.calibrate.swap_table import AdapterSwap
from twin.gpu.profile import ServingProfile
from twin.measured.closed_loop import ClosedLoopRun, replay_closed_loop
from twin.measured.replay import simulate_run, ttft_as_measured
from twin.measured.run import MeasuredRun
from twin.measured.run_stream import sample_run
from twin.workload.workload import RequestStream

__all__ = ["ClosedLoopItem", "Item", "RunItem", "SwapItem"]

# Standard deviations of the logarithm of simulated over measured figures: of the very requests,
# and of requests that are drawn.
_ENGINE, _COMPLETED, _TPOT, _TTFT = 0.01, 0.03, 0.02, 0.08
_DRAWN_THROUGHPUT, _DRAWN_TPOT, _DRAWN_TTFT = 0.02, 0.04, 0.3
_CLOSED_LOOP, _PROMPT, _SWAP = 0.06, 0.12, 0.15
_OFFLINE_CLOSED_LOOP = 0.04
_ORDERS = 3  # of adapters, as nobody records the one of an engine
_FRONT_END_SHOWS = 128  # requests at once, beyond which the HTTP server is slower than the GPU
_MISSING = 3.0  # logarithm that stands for a figure that the simulation does not have


@dataclass(frozen=True, slots=True)
class RunItem:
    """An open-loop run, with the streams of requests that it is simulated with."""

    run: MeasuredRun
    streams: tuple[RequestStream, ...]

    @classmethod
    def of(cls, run: MeasuredRun, seed: int) -> RunItem:
        """The run with its requests, or with some that are drawn with the seed."""
        seeds = (seed,) if run.requests is None else range(_ORDERS)
        return cls(run, tuple(sample_run(run, s) for s in seeds))

    def residuals(self, profile: ServingProfile) -> list[float]:
        """In standard deviations."""
        run = self.run
        results = [simulate_run(run, stream, profile) for stream in self.streams]

        def mean(name: str) -> float:
            return float(np.mean([getattr(result, name) for result in results]))

        ttft = float(np.mean([ttft_as_measured(run, result) for result in results]))
        if run.requests is None:
            return list(self._drawn(mean("tpot_mean"), mean("completed_throughput"), ttft))
        figures = (
            (mean("served_throughput"), run.engine_throughput, _ENGINE),
            (mean("completed_throughput"), run.throughput, _COMPLETED),
            (mean("tpot_mean"), run.tpot_mean, _TPOT),
            (ttft, run.ttft_mean, _TTFT),
        )
        return [_log(s, m) / sd for s, m, sd in figures if not math.isnan(m)]

    def _drawn(self, tpot: float, throughput: float, ttft: float) -> Iterator[float]:
        run = self.run
        if not math.isnan(run.tpot_mean):
            yield _log(tpot, run.tpot_mean) / _DRAWN_TPOT
        if run.starved:
            yield _log(throughput, run.throughput) / _DRAWN_THROUGHPUT
        elif not (run.ttft_charges_unfinished or math.isnan(run.ttft_mean)):
            yield _log(ttft, run.ttft_mean) / _DRAWN_TTFT


@dataclass(frozen=True, slots=True)
class ClosedLoopItem:
    """An experiment with all requests at once."""

    run: ClosedLoopRun

    def residuals(self, profile: ServingProfile) -> list[float]:
        """In standard deviations; over HTTP many requests at once are an upper bound."""
        run = self.run
        log = _log(replay_closed_loop(run, profile), run.measured)
        if not profile.async_scheduling:
            return [log / _OFFLINE_CLOSED_LOOP]
        if run.num_requests > _FRONT_END_SHOWS:
            log = max(0.0, log)
        return [log / (_CLOSED_LOOP if math.isnan(run.ttft) else _PROMPT)]


@dataclass(frozen=True, slots=True)
class SwapItem:
    """Loads of adapters whose mean rank is known."""

    swap: AdapterSwap
    rank: float

    def residuals(self, profile: ServingProfile) -> list[float]:
        """In standard deviations."""
        load = profile.adapter_load
        return [_log(load.gpu + load.gpu_per_rank * self.rank, self.swap.seconds) / _SWAP]


Item = RunItem | ClosedLoopItem | SwapItem


def _log(simulated: float, measured: float) -> float:
    if not (simulated > 0 and measured > 0):
        return _MISSING
    return math.log(simulated / measured)
