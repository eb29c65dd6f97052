"""Predictor: the predictions of one profile's model, fast enough to ask after every adapter."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimate, Estimates
from estimators.features.engine_figures import EngineFigures
from estimators.features.features import FEATURES
from estimators.features.traffic_statistics import NUM_STATISTICS, AdapterStatistics
from estimators.model.compiled_prediction import predict_batch, predict_one
from estimators.model.prediction import (
    FITS,
    PLAIN,
    PREDICTION,
    RANK_TOO_LARGE,
    WIDTH,
    Conditions,
    Predictions,
)
from estimators.model.trained_model import TrainedModel
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.window import USUAL_WINDOW, Window
from twin.files.errors import ExtrapolationWarning, InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter

__all__ = ["Predictor"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SURE = 1.645  # standard errors of a capacity that leave a chance of 5 % to be below
_LONG_WINDOW = Window(3600.0, 2000)  # in which requests that are being answered do not count


class Predictor:
    """Predictions for engines of one profile.

    Traffic is given by the sum of its adapters' statistics, so that a strategy that adds one
    adapter makes one addition::

        traffic += predictor.statistics(adapter)
        estimate = predictor.predict_one(traffic, predictor.engine(config))

    Where the rule asks for traffic that can be sustained, the model is asked again: whether the
    engine would serve the threshold's share of that traffic divided by the threshold, which is
    as much as is offered. Statistics hold those of this heavier traffic too. With a profile that
    was scaled from another GPU's, it is heavier by what the engine may be slower.

    Parameters
    ----------
    profile : ServingProfile
    model : TrainedModel
        Trained for the profile.
    window : Window
        What the predictions are for.
    rule : StarvationRule
        What counts as starved; its threshold is the model's.

    Attributes
    ----------
    num_statistics : int
        Numbers in the statistics of an adapter.
    """

    def __init__(
        self,
        profile: ServingProfile,
        model: TrainedModel,
        window: Window = USUAL_WINDOW,
        rule: StarvationRule = USUAL_RULE,
    ) -> None:
        self.profile = profile
        self.model = model
        self._figures = EngineFigures(profile)
        self._sustained = rule.sustained
        self._statistics = [AdapterStatistics()]
        if rule.sustained:
            doubt = profile.uncertainty if profile.estimated_from else 0.0
            self._statistics.append(AdapterStatistics((1 + _SURE * doubt) / rule.threshold))
        self.num_statistics = NUM_STATISTICS * len(self._statistics)
        self._seconds = float(window.duration)
        self._long_seconds = max(self._seconds, _LONG_WINDOW.duration)
        conditions = Conditions(
            float(window.min_requests),
            rule.adapters_starve,
            float(profile.idle_watts),
            float(profile.busy_watts),
            float(profile.uncertainty),
        )
        self._compiled = model.compiled(conditions)
        self._long = model.compiled(
            conditions._replace(min_requests=float(_LONG_WINDOW.min_requests))
        )

    def statistics(self, adapter: Adapter, share: float = 1.0) -> FloatArray:
        """Statistics of an adapter, or of a share of its requests; see `traffic_statistics`."""
        return np.concatenate([s.of_adapter(adapter, share) for s in self._statistics])

    def traffic(self, adapters: Iterable[Adapter]) -> FloatArray:
        """Statistics of some adapters; those of the same objects are computed once."""
        chosen = tuple(adapters)
        return np.concatenate([s.of_adapters(chosen) for s in self._statistics])

    def engine(self, config: EngineConfig) -> FloatArray:
        """Figures of an engine; see `engine_figures`.

        Raises
        ------
        InputError
            If it launches LoRA kernels for active adapters alone, which no model was trained for.
        """
        if config.specialize_active_lora:
            raise InputError(
                "specialize_active_lora", "trained models do not know it", "estimator=twin"
            )
        return self._figures.of_config(config)

    def predict(
        self, traffic: FloatArray, engines: FloatArray, which: IntArray | None = None
    ) -> Estimates:
        """Predict n engines.

        Parameters
        ----------
        traffic : ndarray of shape (n, num_statistics)
        engines : ndarray of shape (m, NUM_FIGURES)
        which : ndarray of shape (n,), optional
            Engine of each row of traffic; the first one by default.

        Raises
        ------
        InputError
            If an adapter's rank exceeds the ``max_lora_rank`` of its engine.

        Warns
        -----
        ExtrapolationWarning
            If a feature lies outside the range of the training.
        """
        predictions = self.predictions(traffic, engines, which)
        self.warn(predictions)
        return self.estimates(predictions)

    def predict_one(self, traffic: FloatArray, engine: FloatArray) -> Estimate:
        """Predict one engine; as `predict`."""
        numbers = np.empty(WIDTH)
        now = traffic[:NUM_STATISTICS]
        predict_one(*self._compiled, now, engine, self._seconds, numbers)
        if self._sustained:
            heavier, again = traffic[NUM_STATISTICS:], np.empty(WIDTH)
            predict_one(*self._long, heavier, engine, self._long_seconds, again)
            _note_heavier(numbers.view(PREDICTION), again.view(PREDICTION))
        *figures, _, outside = PLAIN.unpack(numbers.data)
        if outside != FITS:
            prediction = numbers.view(PREDICTION)
            self.check(prediction)
            self.warn(prediction)
        return Estimate._make(figures)

    def predictions(
        self, traffic: FloatArray, engines: FloatArray, which: IntArray | None = None
    ) -> Predictions:
        """What the model says, before it is checked; parameters as for `predict`."""
        n = len(traffic)
        if which is None:
            which = np.zeros(n, np.int64)
        # Parts of rows would be another type of array, for which all is compiled once more.
        now = np.ascontiguousarray(traffic[:, :NUM_STATISTICS])
        seconds = np.full(n, self._seconds)
        answer = predict_batch(self._compiled, now, engines, which, seconds)
        if self._sustained:
            heavier = np.ascontiguousarray(traffic[:, NUM_STATISTICS:])
            seconds = np.full(n, self._long_seconds)
            again = predict_batch(self._long, heavier, engines, which, seconds)
            _note_heavier(answer, again)
        return answer

    def estimates(self, predictions: Predictions) -> Estimates:
        """Predictions of the model, as those of an estimator.

        Raises
        ------
        InputError
            If an adapter's rank exceeds the ``max_lora_rank`` of its engine.
        """
        self.check(predictions)
        columns: dict[str, Any] = {name: predictions[name] for name in Estimate._fields}
        return Estimates(**columns)

    def check(self, predictions: Predictions) -> None:
        """Refuse adapters that the engine would refuse.

        Raises
        ------
        InputError
            If an adapter's rank exceeds the ``max_lora_rank`` of its engine.
        """
        if np.any(predictions["outside"] == RANK_TOO_LARGE):
            raise InputError(
                "max_lora_rank",
                "it is below the rank of an adapter that the engine serves, or max_loras is 0",
            )

    def warn(self, predictions: Predictions) -> None:
        """Warn of features outside the range of the training."""
        outside = predictions["outside"]
        for number in np.unique(outside[outside > FITS]):
            feature = FEATURES[number]
            warnings.warn(
                f"{feature.name} ({feature.meaning}) lies outside of what the model of profile "
                f"{self.profile.name} was trained on",
                ExtrapolationWarning,
                stacklevel=3,
            )


def _note_heavier(predictions: Predictions, heavier: Predictions) -> None:
    """Count engines as starved that would starve under heavier traffic."""
    probability = predictions["starvation_probability"]
    np.maximum(probability, heavier["starvation_probability"], out=probability)
    fits = predictions["outside"] == FITS
    predictions["outside"][fits] = heavier["outside"][fits]
