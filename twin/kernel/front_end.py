"""The server before the engine, request by request; see `twin.gpu.front_end`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["pass_on"]

FloatArray = NDArray[np.float64]


@compiled
def pass_on(
    arrival: FloatArray,
    adapter: NDArray[np.signedinteger],
    setup: float,
    seen: NDArray[np.bool_],
    free: float,
    at_engine: FloatArray,
    still: FloatArray,
) -> int:
    """Write the times (s) at the engine, and the periods in which the server stands still.

    Parameters
    ----------
    arrival, adapter : ndarray of shape (n,)
        Sorted times (s), and indices of the adapters, -1 for the base model.
    setup : float
        Seconds at an adapter's first request.
    seen : ndarray of shape (num_adapters,)
        Adapters that are set up; those of the requests are added.
    free : float
        End of the last period (s).
    at_engine : ndarray of shape (n,)
        Written.
    still : ndarray of shape (m, 2)
        Written: begin and end of the periods.

    Returns
    -------
    int
        Number of periods.
    """
    count = 0
    for i in range(arrival.size):
        begin = max(arrival[i], free)
        which = adapter[i]
        if which >= 0 and not seen[which]:
            seen[which] = True
            free = begin + setup
            if count > 0 and still[count - 1, 1] == begin:
                still[count - 1, 1] = free
            else:
                still[count, 0] = begin
                still[count, 1] = free
                count += 1
            at_engine[i] = free
        else:
            at_engine[i] = begin
    return count
