"""Fit: trees for every output, and what they are worth on data that was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from estimators.features.features import FEATURES, NUM_FEATURES
from estimators.model.compiled_prediction import NUM_KNOTS, NUM_QUANTILES
from estimators.model.prediction import OUTPUTS
from estimators.model.trained_model import TrainedModel
from estimators.model.tree_ensemble import TreeEnsemble
from estimators.training.folds import scenario_folds
from estimators.training.table import TrainingTable

__all__ = ["TREE_PLANS", "OutputPlan", "fit_booster", "fit_model", "fit_output"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Trees of one output.

    Parameters
    ----------
    trees, leaves : int
        How many trees, and how many leaves each may have.
    absolute : bool
        Errors count as they are, and not by their squares: those of a few rows that are hard to
        tell, as latencies near the edge of starvation are, do not bend the others.
    """

    trees: int
    leaves: int
    absolute: bool = False


TREE_PLANS: Mapping[str, OutputPlan] = {
    "served_share": OutputPlan(80, 63),
    "spread": OutputPlan(16, 16),
    "neglected": OutputPlan(40, 16),
    "ttft_mean": OutputPlan(40, 63, absolute=True),
    "ttft_p50": OutputPlan(10, 16),
    "ttft_p90": OutputPlan(10, 16),
    "ttft_p99": OutputPlan(12, 16),
    "tpot_mean": OutputPlan(36, 31, absolute=True),
    "tpot_p50": OutputPlan(8, 16),
    "tpot_p90": OutputPlan(8, 16),
    "tpot_p99": OutputPlan(8, 16),
    "itl_mean": OutputPlan(20, 24, absolute=True),
    "itl_p99": OutputPlan(8, 16),
    "busy": OutputPlan(10, 16),
}
"""The trees of each output: as many as its error asks for, so that all together are fast."""

_FOLDS = 4
_SMALLEST_ERROR = 2e-3
_NEXT_TO_NOTHING = 1e-3  # of a feature's largest value
_SETTINGS = {
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
    "max_bin": 255,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
    "seed": 0,
}


def fit_booster(
    features: FloatArray,
    target: FloatArray,
    plan: OutputPlan,
    *,
    weight: FloatArray | None = None,
    probability: bool = False,
    monotone: Sequence[int] | None = None,
) -> lightgbm.Booster:
    """LightGBM model of one output; rows without a target are left out.

    Parameters
    ----------
    features : ndarray of shape (n, NUM_FEATURES)
    target : ndarray of shape (n,)
        NaN where it is unknown.
    plan : OutputPlan
    weight : ndarray of shape (n,), optional
        How much each row counts; the same by default.
    probability : bool
        The target is one, and the model is to predict its log odds.
    monotone : sequence of int, optional
        For each feature 1 where the output must not fall with it, -1 where it must not rise.
    """
    known = ~np.isnan(target)
    usual = "regression_l1" if plan.absolute else "regression"
    objective = "cross_entropy" if probability else usual
    settings: dict[str, Any] = {
        **_SETTINGS,
        "objective": objective,
        "num_leaves": plan.leaves,
        "learning_rate": min(0.3, max(0.05, 8.0 / plan.trees)),
    }
    if monotone is not None:
        settings["monotone_constraints"] = list(monotone)
    counts = None if weight is None else weight[known]
    rows = lightgbm.Dataset(features[known], target[known], weight=counts)
    return lightgbm.train(settings, rows, plan.trees)


def fit_output(
    features: FloatArray,
    target: FloatArray,
    output: str,
    plans: Mapping[str, OutputPlan],
    weight: FloatArray | None = None,
) -> lightgbm.Booster:
    """LightGBM model of one of `OUTPUTS`.

    The probability of neglect never falls with a feature that grows with the traffic.
    """
    if output != "neglected":
        return fit_booster(features, target, plans[output], weight=weight)
    growth = [feature.growth for feature in FEATURES]
    return fit_booster(features, target, plans[output], probability=True, monotone=growth)


def fit_model(
    table: TrainingTable,
    *,
    plans: Mapping[str, OutputPlan] = TREE_PLANS,
    provenance: Mapping[str, Any] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> TrainedModel:
    """Train a model.

    Parameters
    ----------
    table : TrainingTable
    plans : mapping of str to OutputPlan
        Trees of each output.
    provenance : mapping, optional
        Is kept in the model.
    report : callable
        Gets what is being done.
    """
    report("errors on scenarios that are left out")
    served, neglected = table.target("served_share"), table.target("neglected")
    folds = scenario_folds(table.dataset.scenario, _FOLDS)
    guess = _left_out(table, served, "served_share", plans, folds)
    error = np.log(np.abs(served - guess) + _SMALLEST_ERROR)
    spread = np.exp(_left_out(table, error, "spread", plans, folds))
    odds = _left_out(table, neglected, "neglected", plans, folds)
    share = np.log(table.references["served_share"]) + guess
    errors = _quantiles((np.log(table.references["served_share"]) + served - share) / spread)
    below = _share_below((np.log(table.dataset.starvation_threshold) - share) / spread, errors)
    engine_curve = _curve(below, table.dataset.label("starved"))
    either_curve = _curve(np.maximum(below, odds), table.dataset.label("starved_or_neglected"))
    # An engine that starves does so whether its adapters count or not.
    either_curve[1] = np.maximum(either_curve[1], engine_curve[1])
    report("trees")
    dumps = []
    for output in OUTPUTS:
        target = error if output == "spread" else table.target(output)
        booster = fit_output(table.features, target, output, plans, table.weight(output))
        dumps.append(booster.dump_model())
    return TrainedModel(
        fingerprint=table.dataset.fingerprint,
        threshold=table.dataset.starvation_threshold,
        trees=TreeEnsemble.from_lightgbm(dumps, NUM_FEATURES),
        ranges=_ranges(table.features),
        errors=errors,
        engine_curve=engine_curve,
        either_curve=either_curve,
        provenance=dict(provenance or {}),
    )


def _ranges(features: FloatArray) -> FloatArray:
    """Bounds of what a model knows: those of the data, down to the idle engine."""
    lowest, highest = features.min(axis=0), features.max(axis=0)
    growing = np.array([feature.growth == 1 for feature in FEATURES])
    vanishing = (lowest >= 0) & (lowest < _NEXT_TO_NOTHING * highest)
    lowest[growing | vanishing] = 0.0
    return np.array([lowest, highest])


def _left_out(
    table: TrainingTable,
    target: FloatArray,
    output: str,
    plans: Mapping[str, OutputPlan],
    folds: NDArray[np.int64],
) -> FloatArray:
    """Prediction for each row by a model that has not seen its scenario."""
    guess = np.empty(len(target))
    for fold in range(_FOLDS):
        out = folds == fold
        booster = fit_output(table.features[~out], target[~out], output, plans)
        guess[out] = booster.predict(table.features[out], num_threads=1)
    return guess


def _quantiles(errors: FloatArray) -> FloatArray:
    """Quantiles at evenly spaced probabilities, strictly growing."""
    quantiles = np.quantile(errors, np.linspace(0, 1, NUM_QUANTILES))
    return quantiles + np.arange(NUM_QUANTILES) * 1e-9


def _share_below(x: FloatArray, quantiles: FloatArray) -> FloatArray:
    return np.interp(x, quantiles, np.linspace(0, 1, quantiles.size))


def _curve(raw: FloatArray, truth: FloatArray) -> FloatArray:
    """What raw probabilities mean: the isotonic regression of the truth, at a few of them."""
    isotonic = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, truth)
    # Most raw probabilities are close to 0 or 1, and the curve is steep there.
    odds = np.linspace(-8, 8, NUM_KNOTS - 2)
    knots = np.concatenate(([0.0], 1 / (1 + np.exp(-odds)), [1.0]))
    return np.array([knots, isotonic.predict(knots)])
