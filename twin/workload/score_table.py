"""Lengths as a function of normal scores, tabulated and compiled."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from twin.compiled import compiled, inlined

__all__ = ["score_table", "tokens_of_uniform", "tokens_of_uniforms"]

FloatArray = NDArray[np.float64]

_LIMIT = 6.0  # scores beyond have a probability of 1e-9 and count as the limit
_POINTS = 2049
_PER_SCORE = (_POINTS - 1) / (2 * _LIMIT)
_MOST_TOKENS = 2.0**30

# Scores of small probabilities change fast: each row of the table is for probabilities 32 times
# smaller than the row before, so that linear interpolation is good to 5e-5 everywhere.
_ZOOM = 32.0
_CELLS = 1024
_NORMAL = ndtri(
    np.clip(np.arange(_CELLS + 1) / _CELLS, 1e-3 / _CELLS, 0.5 + (np.arange(6) > 0)[:, None] / 2)
    / _ZOOM ** np.arange(6)[:, None]
).ravel()


def score_table(quantile: Callable[[FloatArray], FloatArray], scale: float = 1.0) -> FloatArray:
    """Lengths at evenly spaced normal scores.

    Parameters
    ----------
    quantile : callable
        Inverse CDF: lengths in tokens at cumulative probabilities.
    scale : float
        Factor on the lengths.

    Returns
    -------
    ndarray of shape (2049,)
        Tokens at scores from -6 to 6, at least 1.
    """
    tokens = scale * quantile(ndtr(np.linspace(-_LIMIT, _LIMIT, _POINTS)))
    return np.clip(tokens, 1.0, _MOST_TOKENS)


def tokens_of_uniforms(
    numbers: FloatArray, correlation: float, prompt_table: FloatArray, output_table: FloatArray
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Lengths that belong to uniform numbers.

    The upper and the lower half of the digits of each number are uniform, too, and independent:
    they become two normal scores.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        Independent numbers in [0, 1) with 53 random bits.
    correlation : float
        Correlation of the normal scores of prompt and output.
    prompt_table, output_table : ndarray
        Lengths by score, from `score_table`.

    Returns
    -------
    tuple of two ndarrays of shape (n,)
        Prompt and output tokens, at least 1.
    """
    prompt, output = np.empty((2, numbers.size), np.int32)
    _write_tokens(numbers, correlation, prompt_table, output_table, prompt, output)
    return prompt, output


@compiled
def _write_tokens(
    numbers: FloatArray,
    correlation: float,
    prompt_table: FloatArray,
    output_table: FloatArray,
    prompt: NDArray[np.int32],
    output: NDArray[np.int32],
) -> None:
    rest = np.sqrt(1.0 - correlation * correlation)
    for i in range(numbers.size):
        prompt[i], output[i] = tokens_of_uniform(
            numbers[i], correlation, rest, prompt_table, output_table
        )


@inlined
def tokens_of_uniform(
    number: float,
    correlation: float,
    rest: float,
    prompt_table: FloatArray,
    output_table: FloatArray,
) -> tuple[int, int]:
    """Prompt and output tokens that belong to one uniform number; see `tokens_of_uniforms`.

    Parameters
    ----------
    rest : float
        Square root of what the square of the correlation leaves of 1.
    """
    digits = number * 2.0**26
    upper = np.floor(digits)
    first = _normal_score(upper * 2.0**-26 + (2.0**-27 - 0.5))
    second = _normal_score(digits - upper + (2.0**-28 - 0.5))
    return (
        _tokens(prompt_table, first),
        _tokens(output_table, correlation * first + rest * second),
    )


@inlined
def _normal_score(centered: float) -> float:
    """Inverse of the normal distribution function at 1/2 more than a number.

    Parameters
    ----------
    centered : float
        Its absolute value is at most 1/2 - 2^-28.
    """
    x = _CELLS / 2 - _CELLS * abs(centered)
    row = 0
    while x < _CELLS / _ZOOM:
        x *= _ZOOM
        row += _CELLS + 1
    low = int(x)
    at_low = _NORMAL[row + low]
    return math.copysign(at_low + (x - low) * (_NORMAL[row + low + 1] - at_low), centered)


@inlined
def _tokens(table: FloatArray, score: float) -> int:
    x = min(max((score + _LIMIT) * _PER_SCORE, 0.0), _POINTS - 1.0)
    low = min(int(x), _POINTS - 2)
    return int(table[low] + (x - low) * (table[low + 1] - table[low]) + 0.5)
