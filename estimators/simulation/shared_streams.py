"""Shared streams: requests that are drawn once for all questions about the same adapters."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

import numpy as np

from twin.workload.adapter import Adapter
from twin.workload.stopped import never
from twin.workload.workload import RequestStream, Sampling, Workload

__all__ = ["SharedStreams"]


class SharedStreams:
    """Draws the requests of some adapters once for each seed and duration.

    Candidates that differ in their slots alone are asked for together, with the same traffic; and
    the requests from which a capacity is told mostly begin with those of the window.
    May be used by several threads.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, int, float], RequestStream] = {}
        self._samplings: dict[tuple[Hashable, int], Sampling] = {}
        self._locks: dict[tuple[Hashable, int], Lock] = {}

    def sample(
        self,
        traffic: Hashable,
        adapters: tuple[Adapter, ...],
        seed: int,
        seconds: float,
        stop: Callable[[], bool] = never,
    ) -> RequestStream:
        """Requests of some adapters.

        Parameters
        ----------
        traffic : hashable
            Equal for adapters that differ in nothing but their names.
        adapters : tuple of Adapter
        seed : int
        seconds : float
            Duration.
        stop : callable
            Whether to give up what has to be drawn.

        Raises
        ------
        Stopped
            If it was given up.
        """
        key = traffic, seed
        with self._locks.setdefault(key, Lock()):
            if key not in self._samplings:
                self._samplings[key] = Sampling(Workload(adapters), np.random.default_rng(seed))
            if (*key, seconds) not in self._known:
                self._known[*key, seconds] = self._samplings[key].until(seconds, stop)
            return self._known[*key, seconds]
