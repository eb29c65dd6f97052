"""Cluster: the engines of a fleet behind their router, as of a moment that others choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.engine.start import Start
from twin.engine.summary import summarize
from twin.fleet.engine_run import EngineRun, Window
from twin.fleet.event import FleetEvent
from twin.fleet.gpu import FleetGpu
from twin.fleet.placement import engines_of_base
from twin.fleet.result import FleetResult, gpu_result, join_records, join_series
from twin.fleet.router import NOWHERE, Router
from twin.fleet.traffic import Arrivals, Traffic
from twin.workload.workload import Workload

__all__ = ["Cluster"]


class Cluster:
    """Engines behind a router, which hands out what has arrived before anything changes.

    Adapters and GPUs go by their index here, and every method takes the present time in seconds,
    which must not go back.

    Parameters
    ----------
    gpus : sequence of FleetGpu
    workload : Workload
    shares : ndarray of shape (num_adapters, num_gpus)
        Part of each adapter's requests by GPU.
    window : Window
    seed : int
        Seed of arrivals, lengths and routes.
    start : Start
        What the engines know of their adapters at time 0.
    retry : bool
        Whether the requests of a GPU that fails are sent to others.
    records : bool
        Whether results have one record for each request.
    """

    def __init__(
        self,
        gpus: Sequence[FleetGpu],
        workload: Workload,
        shares: NDArray[np.float64],
        window: Window,
        seed: int,
        start: Start,
        retry: bool,
        records: bool,
    ) -> None:
        self.router = Router(shares, seed, _could_answer(gpus, workload, shares))
        self._gpus = gpus
        self._rank = np.array([a.rank for a in workload.adapters], np.int64)
        self._window = window
        self._retry = retry
        self._records = records
        self._traffic = Traffic(workload, window.duration, seed)
        self._engines = [[self._new_run(gpu, 0.0, start)] for gpu in range(len(gpus))]
        self._taken: list[Arrivals] = []
        self._routed = 0.0
        self._num_requests = self._offered_tokens = 0
        self._num_lost = self._num_retried = 0
        self.arrived = np.zeros(len(workload), np.int64)

    def engine(self, gpu: int) -> EngineRun:
        """The engine that runs on a GPU, or the last one that did."""
        return self._engines[gpu][-1]

    def route(self, now: float) -> None:
        """Send the requests that have arrived to GPUs."""
        if now == self._routed:
            return
        self._routed = now
        taken = self._traffic.take(now)
        number = np.arange(self._num_requests, self._num_requests + taken.arrival.size)
        self._num_requests += number.size
        self._offered_tokens += int(taken.prompt.sum() + taken.output.sum())
        self.arrived += np.bincount(taken.adapter, minlength=self.arrived.size)
        if self._records:
            self._taken.append(taken)
        self._num_lost += number.size - self._send(taken, number, None)

    def shift(self, adapter: int, rate: float, now: float) -> None:
        """Let an adapter have another rate."""
        self.route(now)
        self._traffic.shift(adapter, rate, now)

    def move(
        self, adapter: int, source: int, target: int, share: float | None, now: float
    ) -> float:
        """Let another GPU have an adapter's requests, or a part of them; the part that moves.

        The target has the adapter in host memory then; for the base model nothing is loaded.
        """
        self.route(now)
        has = float(self.router.shares[adapter, source])
        share = has if share is None else min(share, has)
        new = self.router.shares[adapter, target] == 0
        if share > 0 and new and self._rank[adapter] > 0:
            self.engine(target).fetch(adapter, now)
        self.router.move(adapter, source, target, share)
        return share

    def assign(self, shares: NDArray[np.float64], now: float) -> None:
        """Let all adapters have other GPUs, which have them in host memory then."""
        self.route(now)
        for adapter, gpu in zip(
            *np.nonzero((shares > 0) & (self.router.shares == 0)), strict=True
        ):
            engine = self.engine(int(gpu))
            held = self._rank[adapter] < 1 or engine.has(int(adapter))
            if not (held or engine.failed):
                engine.fetch(int(adapter), now)
        self.router.assign(shares)

    def fail(self, gpu: int, now: float) -> None:
        """Let a GPU go down; its requests go to other GPUs or are lost."""
        self.route(now)
        run = self.engine(gpu)
        run.fail(now)
        self.router.switch(gpu, up=False)
        aborted = run.aborted()
        requests, number = run.requests()
        sent = self._send(requests.select(aborted), number[aborted], now) if self._retry else 0
        self._num_retried += sent
        self._num_lost += int(np.count_nonzero(aborted)) - sent

    def restore(self, gpu: int, now: float) -> None:
        """Start a new engine on a GPU, with all adapters on disk."""
        self.route(now)
        self._engines[gpu].append(self._new_run(gpu, now, Start.COLD))
        self.router.switch(gpu, up=True)

    def result(self, events: tuple[FleetEvent, ...]) -> FleetResult:
        """Figures of the whole window, to whose end time must have passed."""
        window = self._window.duration
        self.route(window)
        for runs in self._engines:
            if not runs[-1].failed:
                runs[-1].advance(window)
        names = [gpu.name for gpu in self._gpus]
        outcomes = [[run.outcome() for run in runs] for runs in self._engines]
        records, routes, series = None, None, None
        if self._records:
            clients = Arrivals(*map(np.concatenate, zip(*self._taken, strict=True)))
            records, routes = join_records(self._engines, clients)
        if self._window.resolution > 0:
            every = [run.series() for runs in self._engines for run in runs]
            series = join_series(every, len(self._gpus))
        total = summarize(
            [outcome for own in outcomes for outcome in own],
            window,
            self._num_requests,
            self._offered_tokens,
            num_gpus=len(self._gpus),
            records=records,
            series=series,
        )
        each = [
            gpu_result(runs, own, self._window, self._records)
            for runs, own in zip(self._engines, outcomes, strict=True)
        ]
        aborted = [sum(outcome.totals.num_aborted for outcome in own) for own in outcomes]
        down = [window - sum(run.end - run.begin for run in runs) for runs in self._engines]
        return FleetResult(
            total=total,
            gpus=dict(zip(names, each, strict=True)),
            num_lost=self._num_lost,
            num_retried=self._num_retried,
            aborted=dict(zip(names, aborted, strict=True)),
            down_seconds=dict(zip(names, down, strict=True)),
            events=events,
            routes=routes,
            hit_rate=self._hit_rate(),
        )

    def _hit_rate(self) -> float:
        if not self._window.hits:
            return math.nan
        runs = [run for own in self._engines for run in own]
        asking = sum(run.num_asking for run in runs)
        return sum(run.num_hits for run in runs) / asking if asking else math.nan

    def _new_run(self, gpu: int, begin: float, start: Start) -> EngineRun:
        served = np.flatnonzero(self.router.shares[:, gpu]).tolist()
        return EngineRun(self._gpus[gpu], self._rank, served, self._window, begin, start)

    def _send(self, requests: Arrivals, number: NDArray[np.int64], now: float | None) -> int:
        """Send requests to GPUs, ``now`` if not when they came; how many found one."""
        chosen = self.router.choose(requests.adapter)
        order = np.argsort(chosen, kind="stable")
        begin = lost = int(np.count_nonzero(chosen == NOWHERE))
        for gpu in np.unique(chosen[order[lost:]]).tolist():
            end = int(np.searchsorted(chosen, gpu, side="right", sorter=order))
            mine = order[begin:end]
            self.engine(gpu).add(requests.select(mine), number[mine], now)
            begin = end
        return chosen.size - lost


def _could_answer(
    gpus: Sequence[FleetGpu], workload: Workload, shares: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Which GPUs could answer requests without a share of them; None without base models."""
    if not any(adapter.is_base for adapter in workload.adapters):
        return None
    could = np.zeros(shares.shape, np.bool_)
    for row, adapter in enumerate(workload.adapters):
        if adapter.is_base:
            could[row] = engines_of_base(gpus, adapter, shares[row])
    return could
