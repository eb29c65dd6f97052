"""Statistics of traffic: sums over its adapters, so that one more is one addition.

Everything that is predicted without a simulation is computed from these sums. Each of them is kept
as a whole multiple of a power of two, its grain, which makes additions and subtractions exact:
neither the order of the adapters nor their coming and going leaves a trace, not even in the last
digit.

=====================  ==========================================================================
columns                sum over the adapters of
=====================  ==========================================================================
NUM_ADAPTERS           1
RATE                   the rate r in requests/s
RATE_SQUARED           r^2
PROMPT, OUTPUT         r times the mean prompt or output tokens
PROMPT_SQUARED         r times the mean of the squared prompt tokens
OUTPUT_SQUARED         the same for output tokens
PROMPT_OUTPUT          r times the mean of the product of prompt and output tokens
RANK, RATE_RANK        the rank, and r times the rank
SHORT_DISPERSION       r times the dispersion of arrivals in windows of `SHORT_WINDOW` seconds
LONG_DISPERSION        the same for `LONG_WINDOW`
LEGAL_RANK + i         1 where the rank rounded up is ``LEGAL_RANKS[i]``
BIN_COUNT + b          1 where r lies in bin b: `NUM_BINS` bins, each twice the one before, the
                       first one up to `FIRST_BIN` requests/s and the last one open
BIN_RATE + b           r where it lies in bin b
=====================  ==========================================================================

Requests for the base model count only as traffic: in RATE, the columns of prompts and outputs, and
the dispersions. The rest is about adapters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from estimators.features.arrival_dispersion import arrival_dispersion
from twin.compiled import compiled
from twin.workload.adapter import Adapter
from twin.workload.lengths import LengthModel
from twin.workload.rank import LEGAL_RANKS, legal_rank

__all__ = [
    "FIRST_BIN",
    "LONG_WINDOW",
    "NUM_BINS",
    "NUM_STATISTICS",
    "SHORT_WINDOW",
    "STATISTIC_NAMES",
    "AdapterStatistics",
    "rate_bin",
]

FloatArray = NDArray[np.float64]
_Moments = tuple[float, float, float, float, float]

SHORT_WINDOW = 10.0
LONG_WINDOW = 600.0
NUM_BINS = 16
FIRST_BIN = 2.0**-9

NUM_ADAPTERS = 0
RATE = 1
RATE_SQUARED = 2
PROMPT = 3
OUTPUT = 4
PROMPT_SQUARED = 5
OUTPUT_SQUARED = 6
PROMPT_OUTPUT = 7
RANK = 8
RATE_RANK = 9
SHORT_DISPERSION = 10
LONG_DISPERSION = 11
LEGAL_RANK = 12
BIN_COUNT = LEGAL_RANK + len(LEGAL_RANKS)
BIN_RATE = BIN_COUNT + NUM_BINS
NUM_STATISTICS = BIN_RATE + NUM_BINS

STATISTIC_NAMES = (
    "num_adapters",
    "rate",
    "rate_squared",
    "prompt",
    "output",
    "prompt_squared",
    "output_squared",
    "prompt_output",
    "rank",
    "rate_rank",
    "short_dispersion",
    "long_dispersion",
    *(f"legal_rank_{rank}" for rank in LEGAL_RANKS),
    *(f"bin_count_{b:02d}" for b in range(NUM_BINS)),
    *(f"bin_rate_{b:02d}" for b in range(NUM_BINS)),
)
"""Names of the columns, in order."""

_GRAIN = np.full(NUM_STATISTICS, 2.0**-40)  # requests/s: sums up to 8,000 of them are exact
_GRAIN[[PROMPT, OUTPUT, RATE_RANK]] = 2.0**-28
_GRAIN[[PROMPT_SQUARED, OUTPUT_SQUARED, PROMPT_OUTPUT]] = 2.0**-14
_GRAIN[[SHORT_DISPERSION, LONG_DISPERSION]] = 2.0**-30

_DRAWS = 8192  # of a length model, for the correlation of its two lengths
_MOST_KEPT = 1_000_000  # adapters whose statistics are remembered


@compiled
def rate_bin(rate: float) -> int:
    """Bin of an adapter's rate in requests/s."""
    return int(min(NUM_BINS - 1, max(0, math.ceil(math.log2(rate / FIRST_BIN)))))


@dataclass(slots=True)
class AdapterStatistics:
    """Statistics of single adapters, remembered; those of an engine's traffic are their sum.

    Length models and arrival processes may hold whole tables, so each object is summarized once,
    and adapters of equal rank and rate with the same objects have one row. Objects are kept, so
    that their identities stay theirs.

    Parameters
    ----------
    factor : float
        On the rates of all adapters.
    """

    factor: float = 1.0
    _table: FloatArray = field(default_factory=lambda: np.zeros((64, NUM_STATISTICS)))
    _rows: dict[int, int] = field(default_factory=dict)
    _equal: dict[tuple[int, float, int, int], int] = field(default_factory=dict)
    _adapters: list[Adapter] = field(default_factory=list)
    _lengths: dict[int, tuple[LengthModel, _Moments]] = field(default_factory=dict)

    def of_adapter(self, adapter: Adapter, share: float = 1.0) -> FloatArray:
        """Statistics of one adapter, of shape (NUM_STATISTICS,).

        Parameters
        ----------
        adapter : Adapter
        share : float
            Part of its requests that counts.
        """
        rate = adapter.rate * share * self.factor
        column = -1  # that of its legal rank; none for the base model
        if not adapter.is_base:
            column = LEGAL_RANK + LEGAL_RANKS.index(legal_rank(adapter.rank))
        short, long = (
            arrival_dispersion(adapter.arrivals, rate, window)
            for window in (SHORT_WINDOW, LONG_WINDOW)
        )
        moments = self._moments(adapter.lengths)
        sums = np.empty(NUM_STATISTICS)
        _write_sums(sums, rate, moments, short, long, adapter.rank, column)
        return sums

    def of_adapters(self, adapters: Sequence[Adapter]) -> FloatArray:
        """Statistics of the traffic of some adapters, of shape (NUM_STATISTICS,)."""
        sums = np.zeros(NUM_STATISTICS)
        known = self._rows
        if len(self._adapters) + len(adapters) > _MOST_KEPT:
            self._adapters.clear()
            self._equal.clear()
            known.clear()
        for adapter in adapters:
            if id(adapter) not in known:
                self._remember(adapter)
        _add_rows(self._table, np.array([known[id(a)] for a in adapters], np.int64), sums)
        return sums

    def _remember(self, adapter: Adapter) -> None:
        key = adapter.rank, adapter.rate, id(adapter.lengths), id(adapter.arrivals)
        row = self._equal.get(key)
        if row is None:
            row = self._equal[key] = len(self._equal)
            if row == len(self._table):
                self._table = np.concatenate((self._table, np.zeros_like(self._table)))
            self._table[row] = self.of_adapter(adapter)
        self._adapters.append(adapter)
        self._rows[id(adapter)] = row

    def _moments(self, lengths: LengthModel) -> _Moments:
        """Means of prompt p, output o, p^2, o^2 and p o in tokens."""
        if id(lengths) not in self._lengths:
            p, o = lengths.prompt_mean, lengths.output_mean
            p_std, o_std = lengths.prompt_std, lengths.output_std
            covariance = 0.0
            if p_std > 0 and o_std > 0:
                drawn = lengths.sample(_DRAWS, np.random.default_rng(0))
                if min(np.ptp(tokens) for tokens in drawn) > 0:
                    covariance = float(np.corrcoef(*drawn)[0, 1]) * p_std * o_std
            p2, o2, product = p * p + p_std**2, o * o + o_std**2, max(p + o, p * o + covariance)
            moments = float(p), float(o), float(p2), float(o2), float(product)
            self._lengths[id(lengths)] = (lengths, moments)
        return self._lengths[id(lengths)][1]


@compiled
def _write_sums(
    sums: FloatArray,
    rate: float,
    moments: _Moments,
    short: float,
    long: float,
    rank: int,
    legal_rank_column: int,
) -> None:
    prompt, output, prompt_squared, output_squared, product = moments
    sums[:] = 0.0
    sums[RATE] = rate
    sums[PROMPT] = rate * prompt
    sums[OUTPUT] = rate * output
    sums[PROMPT_SQUARED] = rate * prompt_squared
    sums[OUTPUT_SQUARED] = rate * output_squared
    sums[PROMPT_OUTPUT] = rate * product
    sums[SHORT_DISPERSION] = rate * short
    sums[LONG_DISPERSION] = rate * long
    if legal_rank_column >= 0:
        sums[NUM_ADAPTERS] = 1.0
        sums[RATE_SQUARED] = rate * rate
        sums[RANK] = rank
        sums[RATE_RANK] = rate * rank
        sums[legal_rank_column] = 1.0
        position = rate_bin(rate)
        sums[BIN_COUNT + position] = 1.0
        sums[BIN_RATE + position] = rate
    for column in range(sums.size):
        whole = max(np.rint(sums[column] / _GRAIN[column]), np.sign(sums[column]))
        sums[column] = whole * _GRAIN[column]


@compiled
def _add_rows(table: FloatArray, rows: NDArray[np.int64], sums: FloatArray) -> None:
    for row in rows:
        for column in range(sums.size):
            sums[column] += table[row, column]
