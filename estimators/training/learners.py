"""Kinds of models that are compared for the share of its traffic that an engine serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from estimators.features.features import FEATURES
from estimators.training.fit import TREE_PLANS, fit_booster

__all__ = ["LEARNERS", "Learner"]

FloatArray = NDArray[np.float64]

Learner = Callable[[FloatArray, FloatArray], Callable[[FloatArray], FloatArray]]
"""Gets features (n, NUM_FEATURES) and targets (n,), and returns what predicts rows."""

_PLAN = TREE_PLANS["served_share"]


def _lightgbm(monotone: bool) -> Learner:
    # More traffic never raises the share that is served.
    growth = [-feature.growth for feature in FEATURES] if monotone else None

    def fit(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
        booster = fit_booster(features, target, _PLAN, monotone=growth)
        return lambda rows: np.asarray(booster.predict(rows, num_threads=1))

    return fit


def _random_forest(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
    model = RandomForestRegressor(
        100, min_samples_leaf=2, max_features=0.4, n_jobs=1, random_state=0
    )
    return _predictor(model.fit(features, target))


def _histogram(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
    model = HistGradientBoostingRegressor(
        max_iter=_PLAN.trees,
        max_leaf_nodes=_PLAN.leaves,
        min_samples_leaf=10,
        early_stopping=False,
        random_state=0,
    )
    return _predictor(model.fit(features, target))


def _linear(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
    model = make_pipeline(_uniform(features), StandardScaler(), RidgeCV(np.logspace(-3, 3, 7)))
    return _predictor(model.fit(features, target))


def _neighbours(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
    number = min(8, len(features))
    model = make_pipeline(_uniform(features), KNeighborsRegressor(number, weights="distance"))
    return _predictor(model.fit(features, target))


def _uniform(features: FloatArray) -> QuantileTransformer:
    """Ranks in place of values, which range over many orders of magnitude."""
    return QuantileTransformer(n_quantiles=min(200, len(features)))


def _predictor(model: object) -> Callable[[FloatArray], FloatArray]:
    predict: Callable[[FloatArray], FloatArray] = model.predict  # type: ignore[attr-defined]  # scikit-learn has no types
    return predict


def _equilibrium(features: FloatArray, target: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Nothing is learned: targets are relative to the equilibrium."""
    return lambda rows: np.zeros(len(rows))


LEARNERS: Mapping[str, Learner] = {
    "equilibrium alone": _equilibrium,
    "linear": _linear,
    "k-NN": _neighbours,
    "random forest": _random_forest,
    "histogram gradient boosting": _histogram,
    "LightGBM, monotone": _lightgbm(monotone=True),
    "LightGBM": _lightgbm(monotone=False),
}
"""Kinds of models by name; the last one is the kind that is saved."""
