"""Merge the requests of many adapters into one stream in order of arrival, in linear time.

Requests of most adapters are drawn while they are merged, a piece of the window after the other,
so that the work stays in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.workload.collect_requests import GIVEN, REQUEST, Drawing, Given, collect, draw_first
from twin.workload.sort_requests import Merged, write_crowded, write_sorted
from twin.workload.stopped import never, stop_if

__all__ = ["first_of", "joined", "merge_streams"]

_PIECE = 4096  # requests that are merged together
_CELLS = 2  # for each of them, into which they are sorted
_PART = 1 << 20  # requests that are merged without asking whether to go on
_DEVIATIONS = 6.0  # of the number of requests, for which there is room

IntArray = NDArray[np.int32]


class _Pieces(NamedTuple):
    """Into how many pieces a time is cut, and into how many cells each of them."""

    begin: float
    end: float
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
    begin: float = 0.0,
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
        Whether to give up; then the streams are somewhere, and of no use.
    begin : float
        Up to which the same streams have been merged, in seconds; they go on from there.

    Raises
    ------
    Stopped
        If it was given up.
    """
    drawn = float(streams["rate"][streams["model"] != GIVEN].sum()) * (duration - begin)
    expected = drawn + given.time.size
    merged = _room_for(int(expected + _DEVIATIONS * math.sqrt(drawn)) + 1)
    size = max(_PIECE, 8 * streams.size)
    pieces = _Pieces(float(begin), float(duration), int(expected / size) + 1, _CELLS * size)
    ends = np.empty(pieces.cells + 1, np.int32)
    requests = np.empty(2 * size, REQUEST)
    if begin == 0:
        draw_first(streams, drawing.step)
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
            write_crowded(requests[: left.size], merged, done)
            done += left.size
    return first_of(merged, done)


def first_of(merged: Merged, number: int) -> Merged:
    """The first requests."""
    arrival, stream, prompt, output = merged
    return Merged(arrival[:number], stream[:number], prompt[:number], output[:number])


def joined(one: Merged, following: Merged) -> Merged:
    """Requests, and those that come after them."""
    number = one.arrival.size
    arrival, stream, prompt, output = both = _with_room(one, number + following.arrival.size)
    _copy(following, Merged(arrival[number:], stream[number:], prompt[number:], output[number:]))
    return both


def _room_for(number: int) -> Merged:
    return Merged(np.empty(number), *np.empty((3, number), np.int32))


def _copy(source: Merged, target: Merged) -> None:
    target.arrival[:] = source.arrival
    target.stream[:] = source.stream
    target.prompt[:] = source.prompt
    target.output[:] = source.output


def _with_room(merged: Merged, number: int) -> Merged:
    larger = _room_for(number)
    _copy(merged, first_of(larger, merged.arrival.size))
    return larger


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
    seconds = (pieces.end - pieces.begin) / pieces.number
    per_second = pieces.cells / seconds
    while piece < pieces.number and done < enough:
        begin = pieces.begin + piece * seconds
        piece += 1
        end = pieces.end if piece == pieces.number else pieces.begin + piece * seconds
        requests, size = collect(streams, drawing, given, end, requests)
        room = done + size <= merged.arrival.size
        if not room or not write_sorted(requests, size, begin, per_second, ends, merged, done):
            return done, piece, _Piece(requests, size)
        done += size
    return done, piece, _Piece(requests, 0)
