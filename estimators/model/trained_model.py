"""TrainedModel: trees that predict how an engine serves, relative to its equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.features.features import NUM_FEATURES
from estimators.model.compiled_prediction import (
    FACTS,
    NUM_KNOTS,
    NUM_QUANTILES,
    CompiledModel,
    predict_batch,
)
from estimators.model.prediction import OUTPUTS, USUAL, Conditions, Predictions, served_ratio
from estimators.model.tree_ensemble import TreeEnsemble
from estimators.window import USUAL_WINDOW
from twin.files.errors import InputError

__all__ = ["TrainedModel"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ONE_SIGMA = 0.6827  # share of a normal variable within one standard deviation


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A trained model of one serving profile, or of all.

    Parameters
    ----------
    fingerprint : str
        Of the profile that it was trained for, or `estimators.model.prediction.EVERY_ENGINE`.
    threshold : float
        Share of its traffic below which an engine, or an adapter, counts as starved.
    trees : TreeEnsemble
        One output for each of `OUTPUTS`.
    ranges : ndarray of shape (2, NUM_FEATURES)
        Smallest and largest value of each feature that the model knows: those of the training,
        and 0 for what vanishes with the traffic.
    errors : ndarray of shape (NUM_QUANTILES,)
        Quantiles, at evenly spaced probabilities from 0 to 1, of the error of log served_share in
        units of the one to be expected, on data that was left out.
    engine_curve, either_curve : ndarray of shape (2, NUM_KNOTS)
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

    def __post_init__(self) -> None:
        number = isinstance(self.threshold, int | float) and not isinstance(self.threshold, bool)
        if not (number and 0 < self.threshold <= 1):
            raise InputError("model", f"its threshold is {self.threshold!r}")
        if not isinstance(self.provenance, Mapping):
            raise InputError("model", "what it was trained on is not said")
        if self.trees.num_outputs != len(OUTPUTS) or self.trees.num_features != NUM_FEATURES:
            raise InputError("model", "its trees have other features or outputs than this release")
        if self.ranges.shape != (2, NUM_FEATURES):
            raise InputError("model", f"ranges of the shape {self.ranges.shape}")
        if not (np.all(np.isfinite(self.ranges)) and np.all(self.ranges[0] <= self.ranges[1])):
            raise InputError("model", "a range of a feature is no range")
        if not (self.errors.shape == (NUM_QUANTILES,) and _grows(self.errors)):
            raise InputError("model", f"its error has no {NUM_QUANTILES} growing quantiles")
        for curve in (self.engine_curve, self.either_curve):
            fits = curve.shape == (2, NUM_KNOTS) and _grows(curve)
            if not fits or curve.min() < 0 or curve.max() > 1:
                raise InputError("model", "a calibration is no growing curve of probabilities")

    def error_quantiles(self, coverage: float) -> tuple[float, float]:
        """Bounds of the middle part of `errors`, e.g. of 0.9 for a coverage of 90 %."""
        positions = np.linspace(0, 1, self.errors.size)
        low, high = np.interp((0.5 - coverage / 2, 0.5 + coverage / 2), positions, self.errors)
        return float(low), float(high)

    def compiled(self, conditions: Conditions = USUAL) -> CompiledModel:
        """The model as compiled code takes it, for predictions under some conditions."""
        low, high = self.error_quantiles(_ONE_SIGMA)
        facts = np.empty(1, FACTS)
        facts["ranges"], facts["errors"] = self.ranges, self.errors
        facts["curve"] = self.either_curve if conditions.adapters_starve else self.engine_curve
        facts["threshold"], facts["deviation"] = self.threshold, (high - low) / 2
        for name, value in conditions._asdict().items():
            facts[name] = value
        tree, node, value, tests = self.trees.compiled
        return CompiledModel(
            tree.view(np.int64),
            node.view(np.int64),
            value,
            tests.column.view(np.int64),
            tests.threshold,
            tests.test.view(np.int64),
            tests.start,
            facts.view(np.float64),
        )

    def predict(
        self,
        traffic: FloatArray,
        engines: FloatArray,
        which: IntArray,
        seconds: FloatArray,
        conditions: Conditions = USUAL,
    ) -> Predictions:
        """Predict n engines.

        Parameters
        ----------
        traffic : ndarray of shape (n, NUM_STATISTICS)
            See `estimators.features.traffic_statistics`; each of at least one adapter.
        engines : ndarray of shape (m, NUM_FIGURES)
            Figures of engines with slots; see `estimators.features.engine_figures`.
        which : ndarray of shape (n,)
            Engine of each row.
        seconds : ndarray of shape (n,)
            Time that each prediction is for.
        conditions : Conditions
        """
        return predict_batch(self.compiled(conditions), traffic, engines, which, seconds)

    def verdict(
        self, traffic: FloatArray, engine: FloatArray, seconds: float = USUAL_WINDOW.duration
    ) -> tuple[FloatArray, FloatArray]:
        """Served share and probability of starvation of an engine for n rows of traffic."""
        n = len(traffic)
        which = np.zeros(n, np.int64)
        predictions = self.predict(traffic, engine[None, :], which, np.full(n, seconds))
        return served_ratio(predictions), predictions["starvation_probability"]


def _grows(numbers: FloatArray) -> bool:
    """Whether finite numbers do not decrease."""
    return bool(np.all(np.isfinite(numbers)) and np.all(np.diff(numbers) >= 0))
