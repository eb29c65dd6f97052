"""Arrival times of many adapters, drawn into one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.workload.adapter import Adapter
from twin.workload.arrivals import PoissonArrivals, enough_gaps
from twin.workload.substreams import Substreams

__all__ = ["draw_arrivals"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def draw_arrivals(
    adapters: Sequence[Adapter], duration: float, streams: Substreams
) -> tuple[FloatArray, IntArray, IntArray]:
    """Draw the arrivals of each adapter from its own stream of random numbers, number 2 i.

    They are those that ``adapter.arrivals.sample`` gives; but Poisson arrivals, the usual ones, of
    all adapters are computed together.

    Parameters
    ----------
    adapters : sequence of Adapter
    duration : float
        Length of the window in seconds.
    streams : Substreams
        Where random numbers come from.

    Returns
    -------
    ndarray
        Sorted times (s) of each adapter, one after the other, with room between them.
    ndarray of shape (num_adapters,)
        Where each adapter's times begin.
    ndarray of shape (num_adapters,)
        How many there are of each.
    """
    rates = np.array([adapter.rate for adapter in adapters])
    sampled: dict[int, FloatArray] = {}
    for index, adapter in enumerate(adapters):
        if type(adapter.arrivals) is not PoissonArrivals:
            generator = streams.select(2 * index)
            sampled[index] = adapter.arrivals.sample(adapter.rate, duration, generator)
    while True:
        sizes = np.array([enough_gaps(rate * duration, 1.0) for rate in rates.tolist()], np.int64)
        for index, own in sampled.items():
            sizes[index] = own.size
        ends = np.cumsum(sizes)
        times = np.empty(int(ends[-1]))
        for index, (size, end) in enumerate(zip(sizes.tolist(), ends.tolist(), strict=True)):
            if index in sampled:
                times[end - size : end] = sampled[index]
            else:
                streams.select(2 * index).standard_exponential(out=times[end - size : end])
        gaps = np.ones(len(adapters), np.bool_)
        gaps[list(sampled)] = False
        counts = sizes.copy()
        short = _add_up(times, ends - sizes, gaps, rates, duration, counts)
        if short is None:
            return times, ends - sizes, counts
        # The first gaps, which nearly always are enough, did not cover the window.
        sampled[short] = PoissonArrivals().sample(
            rates[short], duration, streams.select(2 * short)
        )


@compiled
def _add_up(
    times: FloatArray,
    starts: IntArray,
    gaps: NDArray[np.bool_],
    rates: FloatArray,
    duration: float,
    counts: IntArray,
) -> int | None:
    """Make times of the gaps of the adapters that have ``gaps``, and count those in the window.

    Returns an adapter whose gaps do not cover the window, if there is one.
    """
    for adapter in range(starts.size):
        if not gaps[adapter]:
            continue
        total = 0.0
        count = 0
        for k in range(starts[adapter], starts[adapter] + counts[adapter]):
            total += times[k]
            times[k] = total / rates[adapter]
            count += times[k] < duration
        if total < rates[adapter] * duration:
            return adapter
        counts[adapter] = count
    return None
