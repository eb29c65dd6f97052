"""LoadModel: trees that predict how an engine serves a load, relative to its equilibrium."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from estimators import engine_figures as fig
from estimators import load_statistics as stat
from estimators.features import NUM_FEATURES, write_features
from estimators.simulated_load import MIN_REQUESTS, WINDOW
from estimators.tree_ensemble import TreeEnsemble
from estimators.tree_evaluation import CompiledTrees, evaluate
from twin.adapter import LEGAL_RANKS
from twin.errors import InputError

__all__ = [
    "FITS",
    "MEMORY_ERROR",
    "OUTPUTS",
    "RANK_TOO_LARGE",
    "Conditions",
    "LoadModel",
    "Prediction",
    "Predictions",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OUTPUTS = (
    "served_share",
    "spread",
    "neglected",
    "ttft_mean",
    "ttft_p50",
    "ttft_p90",
    "ttft_p99",
    "tpot_mean",
    "tpot_p50",
    "tpot_p90",
    "tpot_p99",
    "itl_mean",
    "itl_p99",
    "busy",
)
"""What the trees of a model add up to, in order: logarithms relative to the equilibrium
(served_share, ttft_mean, tpot_mean, itl_mean, busy), to the mean (quantiles), the logarithm of the
error to be expected of the first, and the log odds that an adapter is neglected."""


class Prediction(IntEnum):
    """Rows of what a model predicts, the first ones in the order of `estimators.base.Estimate`."""

    OFFERED = 0
    SERVED = 1
    STARVATION = 2
    MEMORY_ERROR = 3
    TTFT_MEAN = 4
    TTFT_P99 = 5
    TPOT_MEAN = 6
    TPOT_P99 = 7
    ITL_MEAN = 8
    ITL_P99 = 9
    ENERGY = 10
    UNCERTAINTY = 11
    TTFT_P50 = 12
    TTFT_P90 = 13
    TPOT_P50 = 14
    TPOT_P90 = 15
    BUSY = 16


class Conditions(NamedTuple):
    """What a prediction is for, and what it needs of the profile beside its costs.

    Parameters
    ----------
    min_requests : float
        The window is lengthened until so many requests are expected.
    adapters_starve : bool
        Whether an engine starves too that neglects one of its adapters.
    idle_watts, busy_watts : float
        Power of the GPU.
    uncertainty : float
        Relative standard error of the profile's throughput.
    """

    min_requests: float = float(MIN_REQUESTS)
    adapters_starve: bool = True
    idle_watts: float = math.nan
    busy_watts: float = math.nan
    uncertainty: float = 0.0


_USUAL = Conditions()
_NUM_PREDICTIONS = len(Prediction)
_ONE_SIGMA = 0.6827  # share of a normal variable within one standard deviation
_BLOCK = 256  # rows that are predicted together
_WIDENING = 4.0  # of the error, for each width of the range that a feature lies outside of it

FITS, MEMORY_ERROR, RANK_TOO_LARGE = -1, -2, -3


class Predictions(NamedTuple):
    """Predictions for n loads.

    Parameters
    ----------
    figures : ndarray of shape (len(Prediction), n)
        One row for each `Prediction`: offered and served tokens/s, probability of starvation,
        whether there is a memory error, latencies in seconds, W, relative standard error of the
        served throughput, and the share of the time in which the engine works.
    outside : ndarray of shape (n,)
        Number of the feature that lies farthest outside the range of the training; `FITS` for
        none, `MEMORY_ERROR` where the engine does not start, and `RANK_TOO_LARGE` where an
        adapter's rank is above ``max_lora_rank``.
    """

    figures: FloatArray
    outside: IntArray


class _Tables(NamedTuple):
    trees: CompiledTrees
    ranges: FloatArray
    errors: FloatArray
    engine_curve: FloatArray
    either_curve: FloatArray
    deviation: float


@dataclass(frozen=True, slots=True, eq=False)
class LoadModel:
    """A trained model of one serving profile.

    Parameters
    ----------
    fingerprint : str
        Of the profile that it was trained for.
    threshold : float
        Share of the load below which an engine, or an adapter, counts as starved.
    trees : TreeEnsemble
        One output for each of `OUTPUTS`.
    ranges : ndarray of shape (2, NUM_FEATURES)
        Smallest and largest value of each feature that the model knows: those of the training,
        and 0 for what vanishes with the load.
    errors : ndarray of shape (k,)
        Quantiles, at evenly spaced probabilities from 0 to 1, of the error of log served_share in
        units of the one to be expected, on data that was left out.
    engine_curve, either_curve : ndarray of shape (2, m)
        Calibration: raw probabilities in increasing order, and what they mean, for starvation of
        the engine, and of the engine or an adapter.
    provenance : mapping
        What it was trained on, and how well it does.

    Raises
    ------
    InputError
        If the parts do not belong together.
    """

    fingerprint: str
    threshold: float
    trees: TreeEnsemble
    ranges: FloatArray
    errors: FloatArray
    engine_curve: FloatArray
    either_curve: FloatArray
    provenance: Mapping[str, Any]
    _tables: _Tables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.trees.num_outputs != len(OUTPUTS) or self.trees.num_features != NUM_FEATURES:
            raise InputError("model", "its trees have other features or outputs than this release")
        if self.ranges.shape != (2, NUM_FEATURES):
            raise InputError("model", f"ranges of the shape {self.ranges.shape}")
        if self.errors.ndim != 1 or self.errors.size < 2 or np.any(np.diff(self.errors) < 0):
            raise InputError("model", "the quantiles of its error do not grow")
        for curve in (self.engine_curve, self.either_curve):
            rows = curve.ndim == 2 and len(curve) == 2 and curve.shape[1] >= 2
            if not rows or np.any(np.diff(curve) < 0) or curve.min() < 0 or curve.max() > 1:
                raise InputError("model", "a calibration is no growing curve of probabilities")
        low, high = self.error_quantiles(_ONE_SIGMA)
        tables = _Tables(
            self.trees.compiled,
            np.ascontiguousarray(self.ranges),
            np.ascontiguousarray(self.errors),
            np.ascontiguousarray(self.engine_curve),
            np.ascontiguousarray(self.either_curve),
            (high - low) / 2,
        )
        object.__setattr__(self, "_tables", tables)

    def error_quantiles(self, coverage: float) -> tuple[float, float]:
        """Bounds of the middle part of `errors`, e.g. of 0.9 for a coverage of 90 %."""
        positions = np.linspace(0, 1, self.errors.size)
        low, high = np.interp((0.5 - coverage / 2, 0.5 + coverage / 2), positions, self.errors)
        return float(low), float(high)

    def predict(
        self,
        statistics: FloatArray,
        engines: FloatArray,
        which: IntArray,
        seconds: FloatArray,
        conditions: Conditions = _USUAL,
    ) -> Predictions:
        """Predict n loads.

        Parameters
        ----------
        statistics : ndarray of shape (n, NUM_STATISTICS)
            See `estimators.load_statistics`; each of at least one adapter.
        engines : ndarray of shape (m, NUM_FIGURES)
            Figures of engines with slots; see `estimators.engine_figures`.
        which : ndarray of shape (n,)
            Engine of each load.
        seconds : ndarray of shape (n,)
            Time that each prediction is for.
        conditions : Conditions
        """
        figures = np.empty((_NUM_PREDICTIONS, len(statistics)))
        outside = np.empty(len(statistics), np.int64)
        _predict(
            self._tables,
            conditions,
            self.threshold,
            statistics,
            engines,
            which,
            seconds,
            figures,
            outside,
        )
        return Predictions(figures, outside)

    def verdict(
        self, statistics: FloatArray, engine: FloatArray, seconds: float = WINDOW
    ) -> tuple[FloatArray, FloatArray]:
        """Served share and probability of starvation of n loads on one engine, each (n,)."""
        n = len(statistics)
        which = np.zeros(n, np.int64)
        figures = self.predict(statistics, engine[None, :], which, np.full(n, seconds)).figures
        served: FloatArray = figures[Prediction.SERVED] / figures[Prediction.OFFERED]
        return served, figures[Prediction.STARVATION]


@njit(cache=True, nogil=True)
def _interpolated(x: float, xs: FloatArray, ys: FloatArray) -> Any:
    """Value at x of a growing curve of straight lines, constant beyond its ends."""
    if x <= xs[0]:
        return ys[0]
    low, high = 0, xs.size - 1
    if x >= xs[high]:
        return ys[high]
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    return ys[low] + (ys[high] - ys[low]) * (x - xs[low]) / (xs[high] - xs[low])


@njit(cache=True, nogil=True)
def _share_below(x: float, quantiles: FloatArray) -> Any:
    """Probability that a variable with these quantiles lies below x."""
    last = quantiles.size - 1
    if x <= quantiles[0]:
        return 0.0
    if x >= quantiles[last]:
        return 1.0
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if quantiles[middle] <= x:
            low = middle
        else:
            high = middle
    return (low + (x - quantiles[low]) / (quantiles[high] - quantiles[low])) / last


@njit(cache=True, nogil=True)
def _state(load: FloatArray, engine: FloatArray) -> int:
    """Whether a load can be predicted: `FITS`, or why not."""
    for k in range(len(LEGAL_RANKS)):
        if load[stat.LEGAL_RANK + k] > 0 and LEGAL_RANKS[k] > engine[fig.MAX_LORA_RANK]:
            return RANK_TOO_LARGE
    return MEMORY_ERROR if engine[fig.KV_TOKENS] <= 0 else FITS


@njit(cache=True, nogil=True)
def _predict(
    tables: _Tables,
    conditions: Conditions,
    threshold: float,
    statistics: FloatArray,
    engines: FloatArray,
    which: IntArray,
    seconds: FloatArray,
    figures: FloatArray,
    outside: IntArray,
) -> None:
    n = statistics.shape[0]
    size = min(n, _BLOCK)
    scratch = np.empty((3, stat.NUM_BINS))
    row = np.empty(NUM_FEATURES)
    columns = np.zeros((NUM_FEATURES, size))
    raw = np.empty((len(OUTPUTS), size))
    references = np.empty((size, 4))
    distance = np.empty(size)
    bits = np.empty(size, np.int64)
    for first in range(0, n, _BLOCK):
        count = min(_BLOCK, n - first)
        for i in range(count):
            load, engine = statistics[first + i], engines[which[first + i]]
            state = _state(load, engine)
            if state == FITS:
                window = max(seconds[first + i], conditions.min_requests / load[stat.RATE])
                ref = write_features(load, engine, window, scratch, row)
                references[i, 0] = ref.served_share
                references[i, 1] = ref.step
                references[i, 2] = ref.first_token
                references[i, 3] = ref.busy
                distance[i] = 0.0
                for k in range(NUM_FEATURES):
                    columns[k, i] = row[k]
                    low, high = tables.ranges[0, k], tables.ranges[1, k]
                    if row[k] < low or row[k] > high:
                        far = max(low - row[k], row[k] - high) / max(1e-9, high - low)
                        if far > distance[i]:
                            distance[i] = far
                            state = k
            outside[first + i] = state
        evaluate(tables.trees, columns, count, raw, bits)
        for i in range(count):
            load = statistics[first + i]
            offered = load[stat.PROMPT] + load[stat.OUTPUT]
            out = figures[:, first + i]
            if outside[first + i] < FITS:
                out[:] = np.nan
                out[0], out[1], out[2], out[3], out[11] = offered, 0.0, 1.0, 1.0, 0.0
            else:
                out[0], out[3] = offered, 0.0
                _finish(tables, conditions, threshold, references[i], raw[:, i], distance[i], out)


@njit(cache=True, nogil=True)
def _finish(
    tables: _Tables,
    conditions: Conditions,
    threshold: float,
    references: FloatArray,
    raw: FloatArray,
    distance: float,
    out: FloatArray,
) -> None:
    """Turn the sums of the trees into predictions; the offered load is there already."""
    share = math.log(references[0]) + raw[0]
    spread = math.exp(raw[1]) * (1.0 + _WIDENING * distance)
    below = _share_below((math.log(threshold) - share) / spread, tables.errors)
    out[1] = out[0] * math.exp(min(0.0, share))
    if conditions.adapters_starve:
        neglected = 1.0 / (1.0 + math.exp(-raw[2]))
        curve = tables.either_curve
        out[2] = _interpolated(max(below, neglected), curve[0], curve[1])
    else:
        out[2] = _interpolated(below, tables.engine_curve[0], tables.engine_curve[1])
    out[4] = references[2] * math.exp(raw[3])
    out[12] = out[4] * math.exp(raw[4])
    out[13] = max(out[12], out[4] * math.exp(raw[5]))
    out[5] = max(out[13], out[4] * math.exp(max(0.0, raw[6])))
    out[6] = references[1] * math.exp(raw[7])
    out[14] = out[6] * math.exp(raw[8])
    out[15] = max(out[14], out[6] * math.exp(raw[9]))
    out[7] = max(out[15], out[6] * math.exp(max(0.0, raw[10])))
    out[8] = references[1] * math.exp(raw[11])
    out[9] = out[8] * math.exp(max(0.0, raw[12]))
    out[16] = min(1.0, references[3] * math.exp(raw[13]))
    out[10] = conditions.idle_watts + (conditions.busy_watts - conditions.idle_watts) * out[16]
    out[11] = math.hypot(spread * tables.deviation, conditions.uncertainty)
