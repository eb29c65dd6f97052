"""Merge the requests of many adapters into one stream in order of arrival, in linear time.

Requests of most adapters are drawn while they are merged, a piece of the window after the other,
so that the work stays in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.workload.random_numbers import exponential, uniform
from twin.workload.score_table import tokens_of_uniform
from twin.workload.stopped import never, stop_if

__all__ = ["GIVEN", "STREAM", "Drawing", "Given", "Merged", "merge_streams"]

GIVEN = -1
"""Model of the lengths of a stream that is given."""

STREAM = np.dtype(
    [
        ("next", "f8"),  # time of its next request, s
        ("gaps", "f8"),  # the same in mean gaps
        ("rate", "f8"),  # requests/s
        ("arrivals_high", "u8"),  # place in the random numbers that its arrivals are drawn from
        ("arrivals_low", "u8"),
        ("lengths_high", "u8"),  # and in those of its lengths
        ("lengths_low", "u8"),
        ("position", "i8"),  # of a given stream: its next request, and the end of it
        ("end", "i8"),
        ("model", "i8"),  # row of `Drawing`, or GIVEN
    ]
)

_REQUEST = np.dtype(
    [("time", "f8"), ("stream", "i4"), ("prompt", "i4"), ("output", "i4"), ("cell", "i4")],
    align=True,
)
_PIECE = 4096  # requests that are merged together
_CELLS = 2  # for each of them, into which they are sorted
_CROWDED = 64  # in one cell: beyond, sorting by insertion is no longer cheap
_PART = 1 << 20  # requests that are merged without asking whether to go on
_DEVIATIONS = 6.0  # of the number of requests, for which there is room

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Given(NamedTuple):
    """Requests that are given, one stream right after the other, each array of shape (n,)."""

    time: FloatArray
    prompt: IntArray
    output: IntArray


class Drawing(NamedTuple):
    """What requests are drawn from.

    ``prompt`` and ``output`` (num_models, 2049) are tokens by normal score, ``correlation``
    (num_models,) is that of the scores, and ``step`` (2,) what the generator adds in every step.
    """

    prompt: FloatArray
    output: FloatArray
    correlation: FloatArray
    step: NDArray[np.uint64]


class Merged(NamedTuple):
    """Requests in order of arrival, each array of shape (n,)."""

    arrival: FloatArray
    stream: IntArray
    prompt: IntArray
    output: IntArray


class _Pieces(NamedTuple):
    """Into how many pieces a window is cut, and into how many cells each of them."""

    duration: float
    number: int
    cells: int


class _Piece(NamedTuple):
    """The requests of a piece: of one stream after the other, as long as they are not written."""

    requests: NDArray[np.void]
    size: int


def merge_streams(
    streams: NDArray[np.void],
    drawing: Drawing,
    given: Given,
    duration: float,
    stop: Callable[[], bool] = never,
) -> Merged:
    """Merge streams; of requests at the same time those of the first stream go first.

    Parameters
    ----------
    streams : ndarray of `STREAM`, shape (num_streams,)
        As they begin: ``next`` is the time of the first request of a given stream, infinite where
        it has none, and 0 for one that is drawn. They are moved on.
    drawing : Drawing
        Of streams that are drawn, with Poisson arrivals.
    given : Given
        Sorted times in [0, duration), of each stream those from ``position`` to ``end``.
    duration : float
        Length of the window in seconds.
    stop : callable
        Whether to give up.

    Raises
    ------
    Stopped
        If it was given up.
    """
    drawn = float(streams["rate"][streams["model"] != GIVEN].sum()) * duration
    expected = drawn + given.time.size
    merged = _room_for(int(expected + _DEVIATIONS * math.sqrt(drawn)) + 1)
    size = max(_PIECE, 8 * streams.size)
    pieces = _Pieces(float(duration), int(expected / size) + 1, _CELLS * size)
    ends = np.empty(pieces.cells + 1, np.int32)
    requests = np.empty(2 * size, _REQUEST)
    _begin(streams, drawing.step)
    done = piece = 0
    while piece < pieces.number:
        stop_if(stop)
        part = done + _PART
        left = _Piece(requests, 0)
        done, piece, left = _merge_part(
            streams, drawing, given, pieces, requests, ends, merged, done, piece, part
        )
        requests = left.requests
        if left.size:  # crowded, or there is no room for it
            if done + left.size > merged.arrival.size:
                merged = _with_room(merged, 2 * (done + left.size))
            _write_sorted(requests[: left.size], merged, done)
            done += left.size
    return _first(merged, done)


def _room_for(number: int) -> Merged:
    return Merged(np.empty(number), *np.empty((3, number), np.int32))


def _first(merged: Merged, number: int) -> Merged:
    arrival, stream, prompt, output = merged
    return Merged(arrival[:number], stream[:number], prompt[:number], output[:number])


def _copy(source: Merged, target: Merged) -> None:
    target.arrival[:] = source.arrival
    target.stream[:] = source.stream
    target.prompt[:] = source.prompt
    target.output[:] = source.output


def _with_room(merged: Merged, number: int) -> Merged:
    larger = _room_for(number)
    _copy(merged, _first(larger, merged.arrival.size))
    return larger


def _write_sorted(requests: NDArray[np.void], merged: Merged, done: int) -> None:
    """Write the requests of a piece, however many there are at the same time."""
    ordered = requests[np.argsort(requests["time"], kind="stable")]
    place = slice(done, done + ordered.size)
    merged.arrival[place] = ordered["time"]
    merged.stream[place] = ordered["stream"]
    merged.prompt[place] = ordered["prompt"]
    merged.output[place] = ordered["output"]


@compiled
def _begin(streams: NDArray[np.void], step: NDArray[np.uint64]) -> None:
    """Draw the first arrival of each stream that is not given."""
    for index in range(streams.size):
        stream = streams[index]
        if stream.model != GIVEN:
            stream.gaps, stream.arrivals_high, stream.arrivals_low = exponential(
                stream.arrivals_high, stream.arrivals_low, step[0], step[1]
            )
            stream.next = stream.gaps / stream.rate


@compiled
def _merge_part(
    streams: NDArray[np.void],
    drawing: Drawing,
    given: Given,
    pieces: _Pieces,
    requests: NDArray[np.void],
    ends: IntArray,
    merged: Merged,
    done: int,
    piece: int,
    enough: int,
) -> tuple[int, int, _Piece]:
    """Merge pieces until there are enough requests; how many, the next piece, and what is left.

    Requests of the last piece are left where there is no room for them, or they are crowded.
    """
    seconds = pieces.duration / pieces.number
    per_second = pieces.cells / seconds
    while piece < pieces.number and done < enough:
        begin = piece * seconds
        piece += 1
        end = pieces.duration if piece == pieces.number else piece * seconds
        requests, size = _collect(streams, drawing, given, end, requests)
        room = done + size <= merged.arrival.size
        if not room or not _write(requests, size, begin, per_second, ends, merged, done):
            return done, piece, _Piece(requests, size)
        done += size
    return done, piece, _Piece(requests, 0)


@compiled
def _collect(
    streams: NDArray[np.void],
    drawing: Drawing,
    given: Given,
    end: float,
    requests: NDArray[np.void],
) -> tuple[NDArray[np.void], int]:
    """Requests before a time that were not collected before, and how many they are."""
    size = 0
    for index in range(streams.size):
        stream = streams[index]
        if stream.next >= end:
            continue
        if stream.model == GIVEN:
            k = stream.position
            time = stream.next
            while time < end:
                if size == requests.size:
                    requests = _longer(requests)
                request = requests[size]
                request.time = time
                request.stream = index
                request.prompt = given.prompt[k]
                request.output = given.output[k]
                size += 1
                k += 1
                time = given.time[k] if k < stream.end else np.inf
            stream.position = k
            stream.next = time
        else:
            requests, size = _draw(stream, index, drawing, end, requests, size)
    return requests, size


@compiled
def _draw(
    stream: Any,
    index: int,
    drawing: Drawing,
    end: float,
    requests: NDArray[np.void],
    size: int,
) -> tuple[NDArray[np.void], int]:
    """Draw the requests of a stream before a time."""
    first = size
    step_high, step_low = drawing.step[0], drawing.step[1]
    high, low = stream.arrivals_high, stream.arrivals_low
    time, gaps, rate = stream.next, stream.gaps, stream.rate
    while time < end:
        if size == requests.size:
            requests = _longer(requests)
        requests[size].time = time
        size += 1
        gap, high, low = exponential(high, low, step_high, step_low)
        gaps += gap
        time = gaps / rate
    stream.next, stream.gaps, stream.arrivals_high, stream.arrivals_low = time, gaps, high, low
    prompt, output = drawing.prompt[stream.model], drawing.output[stream.model]
    correlation = float(drawing.correlation[stream.model])
    rest = math.sqrt(1.0 - correlation * correlation)
    high, low = stream.lengths_high, stream.lengths_low
    for k in range(first, size):
        number, high, low = uniform(high, low, step_high, step_low)
        request = requests[k]
        request.stream = index
        request.prompt, request.output = tokens_of_uniform(
            number, correlation, rest, prompt, output
        )
    stream.lengths_high, stream.lengths_low = high, low
    return requests, size


@compiled
def _longer(requests: NDArray[np.void]) -> NDArray[np.void]:
    """The same requests with room for as many more."""
    result = np.empty(2 * requests.size, requests.dtype)
    result[: requests.size] = requests
    return result


@compiled
def _write(
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
