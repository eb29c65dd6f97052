"""Random numbers in compiled code: those that numpy draws from PCG64DXSM, to the last bit.

Compiled code takes numbers from thousands of streams in turn, which costs numpy's generators too
much. A place in a stream is two halves of 64 bits of the state of a linear congruential generator
(O'Neill, PCG, HMC-CS-2014-0905); exponential numbers are by a ziggurat (Marsaglia and Tsang, J.
Stat. Softw. 5(8), 2000). The tests compare both with numpy.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled, exponential_ziggurat, inlined

__all__ = ["bits", "exponential", "places", "uniform"]

_MULTIPLIER = np.uint64(0xDA942042E4DD58B5)
_LOW = np.uint64(0xFFFFFFFF)
_ONE, _3, _8, _11 = np.uint64(1), np.uint64(3), np.uint64(8), np.uint64(11)
_HALF, _48, _LAYER = np.uint64(32), np.uint64(48), np.uint64(0xFF)
_UNIT = 2.0**-53
_ZIGGURAT = exponential_ziggurat()
_WIDTH, _HEIGHT, _INSIDE = _ZIGGURAT.width, _ZIGGURAT.height, _ZIGGURAT.inside
_TAIL = _ZIGGURAT.tail


@inlined
def bits(
    high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """The 64 random bits of a place, and the place behind it; parameters as for `uniform`."""
    drawn = high ^ (high >> _HALF)
    drawn *= _MULTIPLIER
    drawn ^= drawn >> _48
    drawn *= low | _ONE
    upper = _upper_half(low, _MULTIPLIER) + high * _MULTIPLIER
    high, low = _add(upper, low * _MULTIPLIER, step_high, step_low)
    return drawn, high, low


@inlined
def uniform(
    high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    """Next number in [0, 1) with 53 random bits, and the place behind it.

    Parameters
    ----------
    high, low : uint64
        The place.
    step_high, step_low : uint64
        What the generator adds in every step.
    """
    drawn, high, low = bits(high, low, step_high, step_low)
    return np.int64(drawn >> _11) * _UNIT, high, low


@inlined
def exponential(
    high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[float, np.uint64, np.uint64]:
    """Next number of the exponential distribution with mean 1, and the place behind it.

    Parameters are those of `uniform`.
    """
    while True:
        drawn, high, low = bits(high, low, step_high, step_low)
        drawn >>= _3
        layer = np.int64(drawn & _LAYER)
        digits = np.int64(drawn >> _8)
        number = digits * _WIDTH[layer]
        if digits < _INSIDE[layer]:
            return number, high, low
        share, high, low = uniform(high, low, step_high, step_low)
        if layer == 0:
            return _TAIL - math.log1p(-share), high, low
        if (_HEIGHT[layer - 1] - _HEIGHT[layer]) * share + _HEIGHT[layer] < math.exp(-number):
            return number, high, low


@compiled
def places(
    first: NDArray[np.uint64],
    factor: NDArray[np.uint64],
    shift: NDArray[np.uint64],
    result: NDArray[np.uint64],
) -> None:
    """Fill in places that are as far apart as the map from one to the next says.

    Parameters
    ----------
    first, factor, shift : ndarray of shape (2,)
        Upper and lower halves: the first place, and the affine map, modulo 2^128.
    result : ndarray of shape (n, 2)
    """
    high, low = first
    for k in range(result.shape[0]):
        result[k, 0], result[k, 1] = high, low
        upper = _upper_half(low, factor[1]) + high * factor[1] + low * factor[0]
        high, low = _add(upper, low * factor[1], shift[0], shift[1])


@inlined
def _add(
    high: np.uint64, low: np.uint64, step_high: np.uint64, step_low: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Sum of two numbers of 128 bits, modulo 2^128."""
    total = low + step_low
    carry = _ONE if total < low else np.uint64(0)
    return high + step_high + carry, total


@inlined
def _upper_half(one: np.uint64, other: np.uint64) -> np.uint64:
    """Upper 64 bits of a product of 128 bits."""
    a, b = one >> _HALF, one & _LOW
    c, d = other >> _HALF, other & _LOW
    middle = a * d + ((b * d) >> _HALF)
    return a * c + (middle >> _HALF) + ((b * c + (middle & _LOW)) >> _HALF)
