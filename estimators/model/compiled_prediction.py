"""Predictions by a model's trees and tables, compiled."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.features import NUM_FEATURES, write_features
from estimators.model.prediction import (
    FITS,
    MEMORY_ERROR,
    OUTPUTS,
    RANK_TOO_LARGE,
    Prediction,
    Predictions,
)
from estimators.model.tree_evaluation import CompiledTrees, evaluate
from twin.compiled import compiled
from twin.workload.rank import LEGAL_RANKS

__all__ = ["ModelTables", "Setting", "predict_batch", "predict_one"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_BLOCK = 256  # rows that are predicted together
_WIDENING = 4.0  # of the error, for each width of the range that a feature lies outside of it


class Setting(IntEnum):
    """Entries of the settings in `ModelTables`: two of the model, then the conditions in order.

    See `estimators.model.prediction.Conditions`.
    """

    THRESHOLD = 0
    DEVIATION = 1
    MIN_REQUESTS = 2
    ADAPTERS_STARVE = 3
    IDLE_WATTS = 4
    BUSY_WATTS = 5
    UNCERTAINTY = 6


ModelTables = tuple[
    NDArray[np.void],
    NDArray[np.void],
    FloatArray,
    FloatArray,
    FloatArray,
    FloatArray,
    FloatArray,
    FloatArray,
]
"""What compiled code knows of a model: the three arrays of its `CompiledTrees`; its ranges,
errors and two calibrations (`estimators.model.trained_model.TrainedModel`); and the settings of a
prediction, of shape (len(Setting),), with half of the middle 68 % of the errors as the deviation.
They are handed over one by one: to unpack a named tuple would take 3 µs more."""


@compiled
def _interval(x: float, bounds: FloatArray) -> int:
    """Number of the last bound, ascending, that x reaches; x lies between the outer ones."""
    low, high = 0, bounds.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if bounds[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@compiled
def _interpolated(x: float, xs: FloatArray, ys: FloatArray) -> Any:
    """Value at x of a growing curve of straight lines, constant beyond its ends."""
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    k = _interval(x, xs)
    return ys[k] + (ys[k + 1] - ys[k]) * (x - xs[k]) / (xs[k + 1] - xs[k])


@compiled
def _share_below(x: float, quantiles: FloatArray) -> Any:
    """Probability that a variable with these quantiles lies below x."""
    last = quantiles.size - 1
    if x <= quantiles[0]:
        return 0.0
    if x >= quantiles[last]:
        return 1.0
    k = _interval(x, quantiles)
    return (k + (x - quantiles[k]) / (quantiles[k + 1] - quantiles[k])) / last


@compiled
def _state(traffic: FloatArray, engine: FloatArray) -> int:
    """Whether an engine can be predicted: `FITS`, or why not."""
    for k in range(len(LEGAL_RANKS)):
        if traffic[stat.LEGAL_RANK + k] > 0 and LEGAL_RANKS[k] > engine[fig.MAX_LORA_RANK]:
            return RANK_TOO_LARGE
    return MEMORY_ERROR if engine[fig.KV_TOKENS] <= 0 else FITS


def predict_batch(
    tables: ModelTables,
    statistics: FloatArray,
    engines: FloatArray,
    which: IntArray,
    seconds: FloatArray,
) -> Predictions:
    """Predict n engines; parameters as for `TrainedModel.predict`."""
    n = len(statistics)
    predictions = Predictions(np.empty((len(Prediction), n)), np.empty(n, np.int64))
    _predict(*tables, statistics, engines, which, seconds, *predictions)
    return predictions


@compiled
def _predict(
    tree: NDArray[np.void],
    node: NDArray[np.void],
    value: FloatArray,
    ranges: FloatArray,
    errors: FloatArray,
    engine_curve: FloatArray,
    either_curve: FloatArray,
    settings: FloatArray,
    statistics: FloatArray,
    engines: FloatArray,
    which: IntArray,
    seconds: FloatArray,
    figures: FloatArray,
    outside: IntArray,
) -> None:
    """Predict n engines as `predict_batch`.

    The first parameters are those of `ModelTables`; ``figures`` and ``outside`` are written, see
    `estimators.model.prediction.Predictions`.
    """
    n = statistics.shape[0]
    trees = CompiledTrees(tree, node, value)
    curve = either_curve if settings[Setting.ADAPTERS_STARVE] else engine_curve
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
            traffic, engine = statistics[first + i], engines[which[first + i]]
            state = _state(traffic, engine)
            if state == FITS:
                window = max(
                    seconds[first + i], settings[Setting.MIN_REQUESTS] / traffic[stat.RATE]
                )
                ref = write_features(traffic, engine, window, scratch, row)
                references[i, 0] = ref.served_share
                references[i, 1] = ref.step
                references[i, 2] = ref.first_token
                references[i, 3] = ref.busy
                distance[i] = 0.0
                for k in range(NUM_FEATURES):
                    columns[k, i] = row[k]
                    low, high = ranges[0, k], ranges[1, k]
                    if row[k] < low or row[k] > high:
                        far = max(low - row[k], row[k] - high) / max(1e-9, high - low)
                        if far > distance[i]:
                            distance[i] = far
                            state = k
            outside[first + i] = state
        evaluate(trees, columns, count, raw, bits)
        for i in range(count):
            traffic = statistics[first + i]
            offered = traffic[stat.PROMPT] + traffic[stat.OUTPUT]
            out = figures[:, first + i]
            if outside[first + i] < FITS:
                out[:] = np.nan
                out[0], out[1], out[2], out[3], out[11] = offered, 0.0, 1.0, 1.0, 0.0
            else:
                out[0], out[3] = offered, 0.0
                _finish(errors, curve, settings, references[i], raw[:, i], distance[i], out)


@compiled
def predict_one(
    tree: NDArray[np.void],
    node: NDArray[np.void],
    value: FloatArray,
    ranges: FloatArray,
    errors: FloatArray,
    engine_curve: FloatArray,
    either_curve: FloatArray,
    settings: FloatArray,
    statistics: FloatArray,
    engine: FloatArray,
    seconds: float,
    figures: FloatArray,
) -> int:
    """Predict one engine: `predict_batch` with less around it.

    Parameters
    ----------
    statistics : ndarray of shape (NUM_STATISTICS,)
    engine : ndarray of shape (NUM_FIGURES,)
    seconds : float
    figures : ndarray of shape (len(Prediction),)
        Is written.

    Returns
    -------
    int
        What `estimators.model.prediction.Predictions` has as ``outside``.
    """
    outside = np.empty(1, np.int64)
    _predict(
        tree,
        node,
        value,
        ranges,
        errors,
        engine_curve,
        either_curve,
        settings,
        statistics.reshape((1, -1)),
        engine.reshape((1, -1)),
        np.zeros(1, np.int64),
        np.full(1, seconds),
        figures.reshape((-1, 1)),
        outside,
    )
    return int(outside[0])


@compiled
def _finish(
    errors: FloatArray,
    curve: FloatArray,
    settings: FloatArray,
    references: FloatArray,
    raw: FloatArray,
    distance: float,
    out: FloatArray,
) -> None:
    """Turn the sums of the trees into predictions; what is offered is there already."""
    share = math.log(references[0]) + raw[0]
    spread = math.exp(raw[1]) * (1.0 + _WIDENING * distance)
    below = _share_below((math.log(settings[Setting.THRESHOLD]) - share) / spread, errors)
    out[1] = out[0] * math.exp(min(0.0, share))
    if settings[Setting.ADAPTERS_STARVE]:
        below = max(below, 1.0 / (1.0 + math.exp(-raw[2])))
    out[2] = _interpolated(below, curve[0], curve[1])
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
    idle, busy = settings[Setting.IDLE_WATTS], settings[Setting.BUSY_WATTS]
    out[10] = idle + (busy - idle) * out[16]
    out[11] = math.hypot(spread * settings[Setting.DEVIATION], settings[Setting.UNCERTAINTY])
