"""Comparison: a measured run and what the twin says about it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from twin.gpu.profile import ServingProfile
from twin.measured.replay import MAX_IN_SYSTEM, Replay, replay
from twin.measured.run import MeasuredRun

__all__ = ["Comparison", "compare_runs"]

_ENOUGH_REQUESTS = 200_000  # simulated over all seeds, so that their scatter is small
_MOST_SEEDS = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measured run, its simulation, and the profile that it used."""

    run: MeasuredRun
    twin: Replay
    profile_name: str

    @property
    def starved(self) -> bool:
        """Whether the twin says that the run starves."""
        return self.run.starves(self.throughputs[1], self.twin)

    @property
    def throughputs(self) -> tuple[float, float]:
        """Measured and simulated tokens/s: processed by the engine, where that was measured.

        Otherwise those of the requests that finished.
        """
        if math.isnan(self.run.engine_throughput):
            return self.run.throughput, self.twin.throughput
        return self.run.engine_throughput, self.twin.engine_throughput

    @property
    def throughput_error(self) -> float:
        """Relative error of the simulated throughput, with its sign."""
        measured, simulated = self.throughputs
        return simulated / measured - 1

    @property
    def speedup(self) -> float:
        """Simulated seconds per second of one core."""
        return self.run.duration / max(1e-9, self.twin.seconds)


def compare_runs(
    runs: Sequence[MeasuredRun],
    profile_of: Callable[[MeasuredRun], ServingProfile],
    *,
    max_in_system: int = MAX_IN_SYSTEM,
    num_workers: int | None = None,
) -> Iterator[Comparison]:
    """Simulate measured runs, those with few requests under several seeds.

    Parameters
    ----------
    runs : sequence of MeasuredRun
        Runs with a memory error, and runs that are usable.
    profile_of : callable
        Profile of what served a run.
    max_in_system : int
        As for `replay`.
    num_workers : int or None
        Threads; None for as many as there are cores. The figures do not depend on it.

    Yields
    ------
    Comparison
        In the order of the runs.
    """
    workers = num_workers or len(os.sched_getaffinity(0))

    def compare(run: MeasuredRun) -> Comparison:
        profile = profile_of(run)
        requests = max(1.0, min(run.rate * run.duration, _ENOUGH_REQUESTS))
        seeds = range(min(_MOST_SEEDS, math.ceil(_ENOUGH_REQUESTS / requests)))
        twin = replay(run, profile, seeds=seeds, max_in_system=max_in_system)
        return Comparison(run, twin, profile.name)

    started = [run for run in runs if not run.memory_error]
    if started:  # compiling is not simulating: it should not count as the time of any run
        compare(min(started, key=lambda run: run.rate * run.duration))
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(compare, runs)
        finally:
            pool.shutdown(cancel_futures=True)
