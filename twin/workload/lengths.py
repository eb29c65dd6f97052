"""Prompt and output lengths of requests: marginal distributions and their correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.files.errors import InputError
from twin.workload.empirical_pairs import EmpiricalPairs

__all__ = [
    "MOST_TOKENS",
    "CopulaLengths",
    "EmpiricalPairs",
    "FixedLength",
    "LengthDistribution",
    "LengthModel",
    "LogNormalLength",
    "QuantileLength",
]

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]

MOST_TOKENS = 2**30
"""Tokens that a prompt or an output may have."""


class LengthDistribution(Protocol):
    """Distribution of one length (prompt or output), in tokens, given by its inverse CDF."""

    def quantile(self, u: FloatArray) -> FloatArray:
        """Return the lengths (tokens, not rounded) at cumulative probabilities ``u`` in (0, 1)."""
        ...

    @property
    def mean(self) -> float:
        """Mean length in tokens."""
        ...

    @property
    def std(self) -> float:
        """Standard deviation in tokens."""
        ...


class LengthModel(Protocol):
    """Joint distribution of (prompt tokens, output tokens) of one request."""

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Draw ``n`` requests: prompt tokens (n,) and output tokens (n,), each at least 1."""
        ...

    @property
    def prompt_mean(self) -> float: ...

    @property
    def prompt_std(self) -> float: ...

    @property
    def output_mean(self) -> float: ...

    @property
    def output_std(self) -> float: ...


@dataclass(frozen=True, slots=True)
class FixedLength:
    """Every request has the same length.

    Raises
    ------
    InputError
        If ``tokens`` is below 1 or not finite.
    """

    tokens: float

    def __post_init__(self) -> None:
        _require_at_least_one("tokens", self.tokens)

    def quantile(self, u: FloatArray) -> FloatArray:
        return np.full(u.shape, float(self.tokens))

    @property
    def mean(self) -> float:
        return float(self.tokens)

    @property
    def std(self) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class LogNormalLength:
    """Log-normal length with the given mean and standard deviation in tokens.

    Raises
    ------
    InputError
        If the mean is below 1, the standard deviation is not positive, or one is not finite.
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        _require_at_least_one("mean", self.mean)
        if not 0 < self.std <= MOST_TOKENS:
            raise InputError(
                "std", f"{self.std!r} is not a positive number of tokens", f"up to {MOST_TOKENS}"
            )

    def quantile(self, u: FloatArray) -> FloatArray:
        from scipy.special import ndtri  # which takes long to import

        variance = math.log1p((self.std / self.mean) ** 2)
        location = math.log(self.mean) - variance / 2
        result: FloatArray = np.exp(location + math.sqrt(variance) * ndtri(u))
        return result


@dataclass(frozen=True, slots=True)
class QuantileLength:
    """Length given by a table of its inverse CDF, linear between the points.

    Parameters
    ----------
    probabilities : tuple of float
        Increasing, from 0 to 1.
    tokens : tuple of float
        Non-decreasing lengths at these probabilities.

    Raises
    ------
    InputError
        If the table is not an inverse CDF.
    """

    probabilities: tuple[float, ...]
    tokens: tuple[float, ...]
    mean: float = field(init=False, repr=False, compare=False)
    std: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        p, t = np.asarray(self.probabilities), np.asarray(self.tokens)
        if p.shape != t.shape or p.size < 2:
            raise InputError("quantiles", "probabilities and tokens need the same length, >= 2")
        if p[0] != 0 or p[-1] != 1 or np.any(np.diff(p) <= 0):
            raise InputError("quantiles", "probabilities must increase from 0 to 1")
        if not (np.all(np.diff(t) >= 0) and 0 <= t[0] <= t[-1] <= MOST_TOKENS):
            raise InputError("quantiles", f"tokens must not decrease, from 0 to {MOST_TOKENS}")
        widths, low, high = np.diff(p), t[:-1], t[1:]
        mean = float(np.sum(widths * (low + high) / 2))
        second = float(np.sum(widths * (low * low + low * high + high * high) / 3))
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", math.sqrt(max(0.0, second - mean**2)))

    @classmethod
    def from_samples(cls, tokens: ArrayLike, points: int = 257) -> QuantileLength:
        """Table of a sample's quantiles.

        Parameters
        ----------
        tokens : array_like of shape (n,)
            Observed lengths.
        points : int
            Number of evenly spaced probabilities. The last interval is halved again and again,
            down to single observations, as a long tail carries much of the mean.
        """
        sample = np.asarray(tokens, np.float64)
        if sample.size == 0:
            raise InputError("tokens", "there is no observation", "give at least one")
        halvings = max(0, math.ceil(math.log2(sample.size / (points - 1))))
        tail = 1 - 0.5 ** np.arange(1, halvings + 1) / (points - 1)
        p = np.concatenate((np.linspace(0.0, 1.0, points)[:-1], tail, [1.0]))
        return cls(tuple(p.tolist()), tuple(np.quantile(sample, p).tolist()))

    def quantile(self, u: FloatArray) -> FloatArray:
        return np.interp(u, self.probabilities, self.tokens)


@dataclass(frozen=True, slots=True)
class CopulaLengths:
    """Prompt and output lengths from two marginals, coupled by a Gaussian copula.

    Parameters
    ----------
    prompt, output : LengthDistribution
        Marginal distributions, in tokens.
    correlation : float
        Correlation of the underlying normal scores, in (-1, 1); 0 means independent.
    output_scale : float
        Realised over requested output tokens; below 1 when generation stops early at EOS.
    """

    prompt: LengthDistribution
    output: LengthDistribution
    correlation: float = 0.0
    output_scale: float = 1.0
    prompt_mean: float = field(init=False, repr=False, compare=False)
    prompt_std: float = field(init=False, repr=False, compare=False)
    output_mean: float = field(init=False, repr=False, compare=False)
    output_std: float = field(init=False, repr=False, compare=False)
    _tables: tuple[FloatArray, FloatArray] | None = field(
        init=False, default=None, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not -1 < self.correlation < 1:
            raise InputError("correlation", f"{self.correlation!r} is not inside (-1, 1)")
        if not 0 < self.output_scale <= 1:
            raise InputError("output_scale", f"{self.output_scale!r} is not inside (0, 1]")
        scale = self.output_scale
        object.__setattr__(self, "prompt_mean", self.prompt.mean)
        object.__setattr__(self, "prompt_std", self.prompt.std)
        object.__setattr__(self, "output_mean", self.output.mean * scale)
        object.__setattr__(self, "output_std", self.output.std * scale)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        return self.tokens_of_uniforms(rng.random(n))

    def tokens_of_uniforms(self, numbers: FloatArray) -> tuple[IntArray, IntArray]:
        """Lengths that belong to numbers (n,) in [0, 1) with 53 random bits."""
        # Compiled, and therefore imported when the first lengths are drawn.
        from twin.workload.score_table import tokens_of_uniforms

        return tokens_of_uniforms(numbers, self.correlation, *self.score_tables)

    @property
    def score_tables(self) -> tuple[FloatArray, FloatArray]:
        """Prompt and output tokens by normal score; see `twin.workload.score_table`."""
        from twin.workload.score_table import score_table  # here: compiled

        if (tables := self._tables) is None:
            scale = self.output_scale
            tables = score_table(self.prompt.quantile), score_table(self.output.quantile, scale)
            object.__setattr__(self, "_tables", tables)
        return tables


def _require_at_least_one(name: str, tokens: float) -> None:
    if not 1 <= tokens <= MOST_TOKENS:
        raise InputError(name, f"{tokens!r} is no number of tokens", f"from 1 to {MOST_TOKENS}")
