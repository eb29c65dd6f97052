"""Traffic: the requests of a fleet's adapters, whose rates may change on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.workload.workload import Workload

__all__ = ["Arrivals", "Traffic"]

_SHIFTS = 1  # key of the random numbers of changed rates, beside that of the router


class Arrivals(NamedTuple):
    """Requests in order of arrival at the fleet, each array of shape (n,)."""

    arrival: NDArray[np.float64]
    adapter: NDArray[np.int32]
    prompt: NDArray[np.int32]
    output: NDArray[np.int32]

    def select(self, which: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Arrivals:
        """Some of the requests."""
        return Arrivals(
            self.arrival[which], self.adapter[which], self.prompt[which], self.output[which]
        )


class Traffic:
    """Requests of a workload, sampled as `Workload.sample` does, and handed out in order.

    Parameters
    ----------
    workload : Workload
    duration : float
        Length of the window in seconds.
    seed : int
        Seed of the arrivals and lengths.
    """

    def __init__(self, workload: Workload, duration: float, seed: int) -> None:
        self._adapters = workload.adapters
        self._duration = duration
        self._seed = seed
        self._num_shifts = [0] * len(workload)
        self._pending: dict[int, Arrivals] = {}
        stream = workload.sample(duration, np.random.default_rng(seed))
        self._requests = Arrivals(
            stream.arrival,
            stream.adapter.astype(np.int32, copy=False),
            stream.prompt_tokens.astype(np.int32, copy=False),
            stream.output_tokens.astype(np.int32, copy=False),
        )
        self._position = 0

    def take(self, until: float) -> Arrivals:
        """The requests that arrive before a moment and have not been taken yet."""
        if self._pending:
            self._merge()
        begin = self._position
        left = self._requests.arrival[begin:]
        self._position += int(np.searchsorted(left, until, side="left"))
        return self._requests.select(slice(begin, self._position))

    def shift(self, adapter: int, rate: float, now: float) -> None:
        """Let an adapter have another rate from now on.

        Its requests are those after ``now`` of a new stream with that rate, drawn from random
        numbers of its own. All that arrives before must have been taken.

        Parameters
        ----------
        adapter : int
            Index of the adapter.
        rate : float
            Requests/s; 0 for none any more.
        now : float
            Seconds.
        """
        self._num_shifts[adapter] += 1
        key = (_SHIFTS, adapter, self._num_shifts[adapter])
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
        arrival, prompt, output = np.empty(0), *np.empty((2, 0), np.int32)
        if rate > 0:
            changed = replace(self._adapters[adapter], rate=rate)
            arrival = changed.arrivals.sample(rate, self._duration, rng)
            arrival = arrival[np.searchsorted(arrival, now, side="left") :]
            prompt, output = changed.lengths.sample(arrival.size, rng)
        self._pending[adapter] = Arrivals(
            arrival,
            np.full(arrival.size, adapter, np.int32),
            prompt.astype(np.int32),
            output.astype(np.int32),
        )

    def _merge(self) -> None:
        """Replace what is to come of the adapters whose rates have changed."""
        coming = self._requests.select(slice(self._position, None))
        changed = np.zeros(len(self._adapters), np.bool_)
        changed[list(self._pending)] = True
        parts = [coming.select(~changed[coming.adapter]), *self._pending.values()]
        merged = Arrivals(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        self._requests = merged.select(np.argsort(merged.arrival, kind="stable"))
        self._position = 0
        self._pending.clear()
