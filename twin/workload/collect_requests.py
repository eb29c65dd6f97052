"""Collect the requests of many streams before a time, one stream after the other.

Those of some streams are given; others are drawn.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.workload.gamma_numbers import gamma
from twin.workload.random_numbers import exponential, uniform
from twin.workload.score_table import tokens_of_uniform

__all__ = [
    "EXPONENTIAL",
    "GIVEN",
    "REQUEST",
    "STREAM",
    "Drawing",
    "Given",
    "collect",
    "draw_first",
]

GIVEN = -1
"""Model of the lengths of a stream that is given."""

EXPONENTIAL = 0.0
"""Shape of a stream whose gaps are exponential: those of Poisson arrivals."""

STREAM = np.dtype(
    [
        ("next", "f8"),  # time of its next request, s
        ("gaps", "f8"),  # the same in mean gaps
        ("rate", "f8"),  # requests/s
        ("shape", "f8"),  # of the gamma distribution of its gaps, or EXPONENTIAL
        ("arrivals_high", "u8"),  # place in the random numbers that its arrivals are drawn from
        ("arrivals_low", "u8"),
        ("lengths_high", "u8"),  # and in those of its lengths
        ("lengths_low", "u8"),
        ("position", "i8"),  # of a given stream: its next request, and the end of it
        ("end", "i8"),
        ("model", "i8"),  # row of `Drawing`, or GIVEN
    ]
)

REQUEST = np.dtype(
    [("time", "f8"), ("stream", "i4"), ("prompt", "i4"), ("output", "i4"), ("cell", "i4")],
    align=True,
)

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


@compiled
def draw_first(streams: NDArray[np.void], step: NDArray[np.uint64]) -> None:
    """Draw the first arrival of each stream that is not given."""
    for index in range(streams.size):
        stream = streams[index]
        if stream.model != GIVEN:
            high, low, shape = stream.arrivals_high, stream.arrivals_low, stream.shape
            if shape == EXPONENTIAL:
                gaps, high, low = exponential(high, low, step[0], step[1])
            else:  # a part of the gap that covers time 0; see `GammaArrivals`
                gap, high, low = gamma(shape + 1.0, high, low, step[0], step[1])
                part, high, low = uniform(high, low, step[0], step[1])
                gaps = 1.0 / shape * gap * part
            stream.gaps, stream.arrivals_high, stream.arrivals_low = gaps, high, low
            stream.next = gaps / stream.rate


@compiled
def collect(
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
    time, gaps, rate, shape = stream.next, stream.gaps, stream.rate, stream.shape
    while time < end:
        if size == requests.size:
            requests = _longer(requests)
        requests[size].time = time
        size += 1
        if shape == EXPONENTIAL:
            gap, high, low = exponential(high, low, step_high, step_low)
            gaps += gap
        else:
            gap, high, low = gamma(shape, high, low, step_high, step_low)
            gaps += 1.0 / shape * gap
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
