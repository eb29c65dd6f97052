"""Sort the requests of a piece of a window; those at the same time stay in order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["Merged", "write_crowded", "write_sorted"]

_CROWDED = 64  # in one cell: beyond, sorting by insertion is no longer cheap

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Merged(NamedTuple):
    """Requests in order of arrival, each array of shape (n,)."""

    arrival: FloatArray
    stream: IntArray
    prompt: IntArray
    output: IntArray


def write_crowded(requests: NDArray[np.void], merged: Merged, done: int) -> None:
    """Write the requests of a piece, however many there are at the same time."""
    ordered = requests[np.argsort(requests["time"], kind="stable")]
    place = slice(done, done + ordered.size)
    merged.arrival[place] = ordered["time"]
    merged.stream[place] = ordered["stream"]
    merged.prompt[place] = ordered["prompt"]
    merged.output[place] = ordered["output"]


@compiled
def write_sorted(
    requests: NDArray[np.void],
    size: int,
    begin: float,
    per_second: float,
    ends: IntArray,
    merged: Merged,
    done: int,
) -> bool:
    """Sort requests into cells of time, and then neighbors; False if a cell is crowded."""
    cells = ends.size - 1
    ends[:] = 0
    for k in range(size):
        cell = min(int((requests[k].time - begin) * per_second), cells - 1)
        requests[k].cell = cell
        ends[cell + 1] += 1
    for cell in range(cells):
        if ends[cell + 1] > _CROWDED:
            return False
        ends[cell + 1] += ends[cell]
    arrival, stream, prompt, output = merged
    for k in range(size):
        request = requests[k]
        place = done + ends[request.cell]
        ends[request.cell] += 1
        arrival[place] = request.time
        stream[place] = request.stream
        prompt[place] = request.prompt
        output[place] = request.output
    _sort_neighbors(merged, done, done + size)
    return True


@compiled
def _sort_neighbors(merged: Merged, begin: int, end: int) -> None:
    """Sort requests of which each is near its place; those at the same time stay in order."""
    arrival, stream, prompt, output = merged
    for i in range(begin + 1, end):
        time = arrival[i]
        if arrival[i - 1] <= time:
            continue
        owner, prompt_tokens, output_tokens = stream[i], prompt[i], output[i]
        j = i
        while j > begin and arrival[j - 1] > time:
            arrival[j] = arrival[j - 1]
            stream[j] = stream[j - 1]
            prompt[j] = prompt[j - 1]
            output[j] = output[j - 1]
            j -= 1
        arrival[j] = time
        stream[j], prompt[j], output[j] = owner, prompt_tokens, output_tokens
