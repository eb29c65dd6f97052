"""Predictions by a model's trees and facts, compiled.

Compiled code is handed plain arrays, since to look at the type of an array of records takes as
long as everything else about a call. It sees records in them, whose fields have names.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.features import FEATURE_ROW, NUM_FEATURES, REFERENCE, write_features
from estimators.model.byte_evaluation import room_for
from estimators.model.curves import interpolated, share_below
from estimators.model.leaf_bytes import COLUMN, TEST, TREE, LeafBytes
from estimators.model.prediction import (
    FITS,
    MEMORY_ERROR,
    OUTPUTS,
    PREDICTION,
    RANK_TOO_LARGE,
    WIDTH,
    Output,
    Predictions,
)
from estimators.model.tree_evaluation import NODE, CompiledTrees, evaluate
from twin.compiled import compiled
from twin.workload.rank import LEGAL_RANKS

__all__ = ["FACTS", "NUM_KNOTS", "NUM_QUANTILES", "CompiledModel", "predict_batch", "predict_one"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NUM_QUANTILES = 193
"""Quantiles of its error that a model knows."""

NUM_KNOTS = 65
"""Knots of the calibrations of a model."""

FACTS = np.dtype(
    [
        ("ranges", "f8", (2, NUM_FEATURES)),
        ("errors", "f8", (NUM_QUANTILES,)),
        ("curve", "f8", (2, NUM_KNOTS)),
        ("threshold", "f8"),
        ("deviation", "f8"),
        ("min_requests", "f8"),
        ("adapters_starve", "f8"),
        ("idle_watts", "f8"),
        ("busy_watts", "f8"),
        ("uncertainty", "f8"),
    ]
)
"""What a model knows beside its trees (`estimators.model.trained_model.TrainedModel`): ranges,
errors, the calibration that applies, threshold, and half of the middle 68 % of the errors as the
deviation; then the conditions of a prediction (`estimators.model.prediction.Conditions`)."""

_BLOCK = 256  # rows that are predicted together
_WIDENING = 4.0  # of the error, for each width of the range that a feature lies outside of it


class CompiledModel(NamedTuple):
    """A model as compiled code takes it, array by array: a tuple would take 3 µs to unpack.

    Parameters
    ----------
    tree, node : ndarray
        Those of `CompiledTrees`, as whole numbers.
    value : ndarray of shape (leaves,)
        That of `CompiledTrees`.
    column, threshold, test, start : ndarray
        Those of `LeafBytes`, records as whole numbers.
    facts : ndarray
        One record of `FACTS`, as numbers.
    """

    tree: IntArray
    node: IntArray
    value: FloatArray
    column: IntArray
    threshold: FloatArray
    test: IntArray
    start: IntArray
    facts: FloatArray


@compiled
def _state(traffic: FloatArray, engine: FloatArray) -> int:
    """Whether an engine can be predicted: `FITS`, or why not."""
    for k in range(len(LEGAL_RANKS)):
        if traffic[stat.LEGAL_RANK + k] > 0 and LEGAL_RANKS[k] > engine[fig.MAX_LORA_RANK]:
            return RANK_TOO_LARGE
    return MEMORY_ERROR if engine[fig.KV_TOKENS] <= 0 else FITS


def predict_batch(
    model: CompiledModel,
    traffic: FloatArray,
    engines: FloatArray,
    which: IntArray,
    seconds: FloatArray,
) -> Predictions:
    """Predict n engines; parameters as for `TrainedModel.predict`."""
    predictions = np.empty(len(traffic), PREDICTION)
    _predict(*model, traffic, engines, which, seconds, predictions.view(np.float64))
    return predictions


@compiled
def predict_one(
    tree: IntArray,
    node: IntArray,
    value: FloatArray,
    column: IntArray,
    threshold: FloatArray,
    test: IntArray,
    start: IntArray,
    facts: FloatArray,
    traffic: FloatArray,
    engine: FloatArray,
    seconds: float,
    prediction: FloatArray,
) -> None:
    """Predict one engine: `predict_batch` with less around it.

    Parameters
    ----------
    tree, node, value, column, threshold, test, start, facts
        See `CompiledModel`.
    traffic : ndarray of shape (NUM_STATISTICS,)
    engine : ndarray of shape (NUM_FIGURES,)
    seconds : float
    prediction : ndarray
        A record of `PREDICTION`, as numbers; is written.
    """
    _predict(
        tree,
        node,
        value,
        column,
        threshold,
        test,
        start,
        facts,
        traffic.reshape((1, -1)),
        engine.reshape((1, -1)),
        np.zeros(1, np.int64),
        np.full(1, seconds),
        prediction,
    )


@compiled
def _predict(
    tree: IntArray,
    node: IntArray,
    value: FloatArray,
    column: IntArray,
    threshold: FloatArray,
    test: IntArray,
    start: IntArray,
    facts: FloatArray,
    traffic: FloatArray,
    engines: FloatArray,
    which: IntArray,
    seconds: FloatArray,
    predictions: FloatArray,
) -> None:
    """Predict n engines as `predict_batch`; the last array is written."""
    n = traffic.shape[0]
    tests = LeafBytes(column.view(COLUMN), threshold, test.view(TEST), start)
    trees = CompiledTrees(tree.view(TREE), node.view(NODE), value, tests)
    known: Any = facts.view(FACTS)[0]
    answers: Any = predictions.view(PREDICTION)
    size = min(n, _BLOCK)
    scratch = np.empty((3, stat.NUM_BINS))
    row = np.empty(NUM_FEATURES)
    features = row.view(FEATURE_ROW)[0]
    columns = np.zeros((NUM_FEATURES, size))
    raw = np.empty((len(OUTPUTS), size))
    references = np.empty(size, REFERENCE)
    distance = np.empty(size)
    room, place = room_for(tests.column.size, size)
    for first in range(0, n, _BLOCK):
        count = min(_BLOCK, n - first)
        for i in range(count):
            sums, engine = traffic[first + i], engines[which[first + i]]
            state = _state(sums, engine)
            if state == FITS:
                window = max(seconds[first + i], known.min_requests / sums[stat.RATE])
                write_features(sums, engine, window, scratch, features, references[i])
                distance[i] = 0.0
                for k in range(NUM_FEATURES):
                    columns[k, i] = row[k]
                    low, high = known.ranges[0, k], known.ranges[1, k]
                    if row[k] < low or row[k] > high:
                        far = max(low - row[k], row[k] - high) / max(1e-9, high - low)
                        if far > distance[i]:
                            distance[i] = far
                            state = k
            answers[first + i].outside = state
        evaluate(trees, columns, count, raw, room, place)
        for i in range(count):
            answer, sums = answers[first + i], traffic[first + i]
            outside = answer.outside
            if outside < FITS:
                predictions[(first + i) * WIDTH : (first + i + 1) * WIDTH] = np.nan
                answer.outside = outside
                answer.served_throughput = 0.0
                answer.starvation_probability = 1.0
                answer.uncertainty = 0.0
            else:
                answer.served_throughput = sums[stat.PROMPT] + sums[stat.OUTPUT]
                _finish(known, references[i], raw[:, i], distance[i], answer)
            answer.offered_throughput = sums[stat.PROMPT] + sums[stat.OUTPUT]
            answer.memory_error = outside < FITS


@compiled
def _finish(known: Any, reference: Any, raw: FloatArray, distance: float, answer: Any) -> None:
    """Turn the sums of the trees into a prediction, in which what is offered counts as served."""
    share = math.log(reference.served_share) + raw[Output.SERVED_SHARE]
    spread = math.exp(raw[Output.SPREAD]) * (1.0 + _WIDENING * distance)
    below = share_below((math.log(known.threshold) - share) / spread, known.errors)
    if known.adapters_starve:
        below = max(below, 1.0 / (1.0 + math.exp(-raw[Output.NEGLECTED])))
    answer.served_throughput *= math.exp(min(0.0, share))
    answer.starvation_probability = interpolated(below, known.curve[0], known.curve[1])
    answer.uncertainty = math.hypot(spread * known.deviation, known.uncertainty)
    mean = reference.first_token * math.exp(raw[Output.TTFT_MEAN])
    answer.ttft_mean = mean
    answer.ttft_p50 = mean * math.exp(raw[Output.TTFT_P50])
    answer.ttft_p90 = max(answer.ttft_p50, mean * math.exp(raw[Output.TTFT_P90]))
    answer.ttft_p99 = max(answer.ttft_p90, mean * math.exp(max(0.0, raw[Output.TTFT_P99])))
    mean = reference.step * math.exp(raw[Output.TPOT_MEAN])
    answer.tpot_mean = mean
    answer.tpot_p50 = mean * math.exp(raw[Output.TPOT_P50])
    answer.tpot_p90 = max(answer.tpot_p50, mean * math.exp(raw[Output.TPOT_P90]))
    answer.tpot_p99 = max(answer.tpot_p90, mean * math.exp(max(0.0, raw[Output.TPOT_P99])))
    answer.itl_mean = reference.step * math.exp(raw[Output.ITL_MEAN])
    answer.itl_p50 = math.nan
    answer.itl_p99 = answer.itl_mean * math.exp(max(0.0, raw[Output.ITL_P99]))
    answer.busy = min(1.0, reference.busy * math.exp(raw[Output.BUSY]))
    answer.power = known.idle_watts + (known.busy_watts - known.idle_watts) * answer.busy
