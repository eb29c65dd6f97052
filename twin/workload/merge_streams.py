"""Merge the requests of many adapters into one stream in order of arrival, in linear time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["Merged", "merge_streams"]

_CELLS = (
    16384  # of one chunk: they are filled together, so that they stay in the processor's cache
)
_PER_REQUEST = 2  # cells for each request of the window
_ROOM = 4  # times as many requests as a chunk has on average
_CROWDED = 64  # beyond, sorting a cell by insertion is no longer cheap

_REQUEST = np.dtype(
    [("time", "f8"), ("stream", "i4"), ("prompt", "i4"), ("output", "i4")], align=True
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Merged(NamedTuple):
    """Requests in order of arrival, each array of shape (n,)."""

    arrival: FloatArray
    stream: IntArray
    prompt: IntArray
    output: IntArray


class _Work(NamedTuple):
    """Work space: how far each stream is merged, and by the end of the chunk; a chunk's cells.

    ``ends`` counts the requests of the cells, and later says where the next one of a cell goes.
    """

    position: NDArray[np.int64]
    stop: NDArray[np.int64]
    ends: IntArray
    requests: NDArray[np.void]


def merge_streams(
    times: FloatArray,
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    prompt: IntArray,
    output: IntArray,
    duration: float,
) -> Merged:
    """Merge sorted streams; of requests at the same time those of the first stream go first.

    Parameters
    ----------
    times : ndarray
        Arrival times in [0, duration), one stream after the other.
    starts, counts : ndarray of shape (num_streams,)
        Where each stream begins in ``times``, and how long it is.
    prompt, output : ndarray of shape (n,)
        Tokens of all requests, one stream right after the other.
    duration : float
        Length of the window in seconds.
    """
    n = prompt.size
    merged = Merged(np.empty(n), *np.empty((3, n), np.int32))
    cells = max(_CELLS, 16 * counts.size)
    work = _Work(
        np.zeros(counts.size, np.int64),
        np.zeros(counts.size, np.int64),
        np.empty(cells + 1, np.int32),
        np.empty(_ROOM * cells // _PER_REQUEST, _REQUEST),
    )
    if _merge_in_cells(
        times, starts, counts, prompt, output, _PER_REQUEST * n / duration, work, merged
    ):
        return merged
    own = [times[start : start + count] for start, count in zip(starts, counts, strict=True)]
    arrival = np.concatenate(own)
    order = np.argsort(arrival, kind="stable")
    stream = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    return Merged(arrival[order], stream[order], prompt[order], output[order])


@compiled
def _merge_in_cells(
    times: FloatArray,
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    prompt: IntArray,
    output: IntArray,
    per_second: float,
    work: _Work,
    merged: Merged,
) -> bool:
    """Sort into cells of time with half a request each on average; False if one is crowded."""
    cells = work.ends.size - 1
    num_cells = _PER_REQUEST * prompt.size
    first_cell = 0
    done = 0
    while done < prompt.size:
        last = first_cell + cells >= num_cells
        _count(times, starts, counts, per_second, first_cell, last, work)
        for cell in range(cells):
            if work.ends[cell + 1] > _CROWDED:
                return False
            work.ends[cell + 1] += work.ends[cell]
        size = work.ends[cells]
        if size > work.requests.size:
            return False
        _deal(times, starts, counts, prompt, output, per_second, first_cell, work)
        _sort_neighbors(work.requests, size, merged, done)
        done += size
        first_cell += cells
    return True


@compiled
def _count(
    times: FloatArray,
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    per_second: float,
    first_cell: int,
    last: bool,
    work: _Work,
) -> None:
    """Count the requests in the cells of a chunk; what lies beyond the last chunk is of it."""
    ends = work.ends
    cells = ends.size - 1
    ends[:] = 0
    for stream in range(counts.size):
        start, count = starts[stream], counts[stream]
        k = work.position[stream]
        while k < count:
            cell = int(times[start + k] * per_second) - first_cell
            if cell >= cells:
                if not last:
                    break
                cell = cells - 1
            ends[cell + 1] += 1
            k += 1
        work.stop[stream] = k


@compiled
def _deal(
    times: FloatArray,
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    prompt: IntArray,
    output: IntArray,
    per_second: float,
    first_cell: int,
    work: _Work,
) -> None:
    """Put the requests of a chunk into their cells."""
    ends = work.ends
    first = 0
    for stream in range(counts.size):
        start = starts[stream]
        for k in range(work.position[stream], work.stop[stream]):
            time = times[start + k]
            cell = min(int(time * per_second) - first_cell, ends.size - 2)
            place = ends[cell]
            ends[cell] = place + 1
            request = work.requests[place]
            request.time = time
            request.stream = stream
            request.prompt = prompt[first + k]
            request.output = output[first + k]
        work.position[stream] = work.stop[stream]
        first += counts[stream]


@compiled
def _sort_neighbors(requests: NDArray[np.void], size: int, merged: Merged, begin: int) -> None:
    """Write requests of which each is near its place, those at the same time staying in order."""
    arrival, stream, prompt, output = merged
    for i in range(size):
        request = requests[i]
        time = request.time
        j = begin + i
        while j > begin and arrival[j - 1] > time:
            arrival[j] = arrival[j - 1]
            stream[j] = stream[j - 1]
            prompt[j] = prompt[j - 1]
            output[j] = output[j - 1]
            j -= 1
        arrival[j] = time
        stream[j] = request.stream
        prompt[j] = request.prompt
        output[j] = request.output
