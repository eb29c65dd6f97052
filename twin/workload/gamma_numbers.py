"""Gamma-distributed numbers in compiled code: numpy's, to the last bit.

Of a shape below 1 by rejection (Ahrens and Dieter, Computing 12, 1974), of a larger one from
normal numbers (Marsaglia and Tsang, ACM TOMS 26(3), 2000), and those by a ziggurat. The tests
compare all of them with numpy. See `twin.workload.random_numbers` for places.
"""

from __future__ import annotations

import math

import numpy as np

from twin.compiled import compiled, inlined, normal_ziggurat
from twin.workload.random_numbers import bits, exponential, uniform

__all__ = ["gamma"]

_ONE, _8, _9 = np.uint64(1), np.uint64(8), np.uint64(9)
_LAYER, _DIGITS = np.uint64(0xFF), np.uint64(2**52 - 1)
_ZIGGURAT = normal_ziggurat()
_WIDTH, _HEIGHT, _INSIDE = _ZIGGURAT.width, _ZIGGURAT.height, _ZIGGURAT.inside
_TAIL = _ZIGGURAT.tail
_PER_TAIL = 0.27366123732975827  # 1 / _TAIL, as numpy rounds it


@compiled
def gamma(
    shape: float, high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    """Next number of a gamma distribution of scale 1, and the place behind it.

    Parameters
    ----------
    shape : float
        Above 0.
    high, low, step_high, step_low
        As for `twin.workload.random_numbers.uniform`.
    """
    if shape == 1.0:
        return exponential(high, low, step_high, step_low)
    if shape < 1.0:
        return _of_small_shape(shape, high, low, step_high, step_low)
    b = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * b)
    while True:
        cube = 0.0
        while cube <= 0.0:
            score, high, low = _normal(high, low, step_high, step_low)
            cube = 1.0 + c * score
        cube = cube * cube * cube
        share, high, low = uniform(high, low, step_high, step_low)
        if share < 1.0 - 0.0331 * (score * score) * (score * score):
            return b * cube, high, low
        if math.log(share) < 0.5 * score * score + b * (1.0 - cube + math.log(cube)):
            return b * cube, high, low


@inlined
def _of_small_shape(
    shape: float, high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    while True:
        share, high, low = uniform(high, low, step_high, step_low)
        limit, high, low = exponential(high, low, step_high, step_low)
        if share <= 1.0 - shape:
            number = share ** (1.0 / shape)
        else:
            beyond = -math.log((1.0 - share) / shape)
            number = (1.0 - shape + shape * beyond) ** (1.0 / shape)
            limit += beyond
        if number <= limit:
            return number, high, low


@inlined
def _normal(
    high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    """Next number of the standard normal distribution, and the place behind it."""
    while True:
        drawn, high, low = bits(high, low, step_high, step_low)
        layer = np.int64(drawn & _LAYER)
        digits = np.int64((drawn >> _9) & _DIGITS)
        number = digits * _WIDTH[layer]
        if (drawn >> _8) & _ONE:
            number = -number
        if digits < _INSIDE[layer]:
            return number, high, low
        if layer == 0:
            return _beyond_tail(digits, high, low, step_high, step_low)
        share, high, low = uniform(high, low, step_high, step_low)
        height = (_HEIGHT[layer - 1] - _HEIGHT[layer]) * share + _HEIGHT[layer]
        if height < math.exp(-0.5 * number * number):
            return number, high, low


@inlined
def _beyond_tail(
    digits: np.int64, high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    while True:
        share, high, low = uniform(high, low, step_high, step_low)
        other, high, low = uniform(high, low, step_high, step_low)
        distance = -_PER_TAIL * math.log1p(-share)
        limit = -math.log1p(-other)
        if limit + limit > distance * distance:
            number = _TAIL + distance
            return -number if (digits >> 8) & 1 else number, high, low
