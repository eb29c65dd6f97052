"""Assessment: how far a model is from simulations that it has not seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from estimators.dataset.dataset import Dataset
from estimators.model.prediction import served_ratio
from estimators.model.trained_model import TrainedModel
from twin.engine.latency import LATENCY_NAMES
from twin.validate.accuracy import macro_f1, mape, smape

__all__ = ["BAND", "assess", "served_figures"]

FloatArray = NDArray[np.float64]

BAND = 0.1
"""Served shares that differ from the threshold by less than this part of it are close."""

_LATENCIES = tuple(name for name in LATENCY_NAMES if name.endswith(("_mean", "_p99")))


def assess(model: TrainedModel, dataset: Dataset) -> dict[str, float]:
    """Errors of a model.

    Returns
    -------
    dict of str to float
        ``n``; the figures of `served_figures`; ``starvation_macro_f1`` by the probability that the
        engine or an adapter starves; SMAPE and MAPE in percent of latencies where the engine
        does not starve, and of ``busy``; ``coverage_90_pct``: how often the served share lies
        between the bounds that are to hold with a probability of 90 %; ``kept_promises_pct``: of
        the rows that starve with a probability of at most 5 % by the model, those that do not; and
        ``found_pct``: of the rows that do not starve, those that the model says this of.
    """
    predictions = model.predict(
        dataset.statistics, dataset.engines, np.arange(len(dataset)), dataset.seconds
    )
    truth = dataset.label("served_share")
    share = served_ratio(predictions)
    result = {"n": float(len(dataset)), **served_figures(truth, share, model.threshold)}
    starves = dataset.label("starved_or_neglected") > 0.5
    probability = predictions["starvation_probability"]
    result["starvation_macro_f1"] = macro_f1(starves.tolist(), (probability > 0.5).tolist())
    fine = truth >= model.threshold
    for name in _LATENCIES:
        result |= _both_measures(name, dataset.label(name)[fine], predictions[name][fine])
    result |= _both_measures("busy", dataset.label("busy"), predictions["busy"])
    error = np.log(np.maximum(truth, 1e-3) / np.maximum(share, 1e-3))
    sigma = (model.error_quantiles(0.6827)[1] - model.error_quantiles(0.6827)[0]) / 2
    low, high = model.error_quantiles(0.9)
    scale: FloatArray = predictions["uncertainty"] / sigma
    inside = (error >= low * scale - 1e-9) & (error <= high * scale + 1e-9)
    result["coverage_90_pct"] = 100 * float(np.mean(inside))
    promised: NDArray[np.bool_] = probability <= 0.05
    result["kept_promises_pct"] = (
        100 * float(np.mean(~starves[promised])) if promised.any() else math.nan
    )
    result["found_pct"] = 100 * float(np.sum(promised & ~starves)) / max(1, int(np.sum(~starves)))
    return result


def served_figures(truth: FloatArray, share: FloatArray, threshold: float) -> dict[str, float]:
    """Errors of served shares, each of shape (n,).

    Returns
    -------
    dict of str to float
        ``throughput_smape_pct``; ``throughput_mape_pct``; ``engine_macro_f1`` of being below the
        threshold; the same for shares close to it as ``band_macro_f1``; and ``band_n``, how many
        these are.
    """
    close = np.abs(truth / threshold - 1) <= BAND
    low, guess = truth < threshold, share < threshold
    return {
        **_both_measures("throughput", truth, share),
        "engine_macro_f1": macro_f1(low.tolist(), guess.tolist()),
        "band_macro_f1": macro_f1(low[close].tolist(), guess[close].tolist()),
        "band_n": float(np.sum(close)),
    }


def _both_measures(name: str, truth: FloatArray, guess: FloatArray) -> dict[str, float]:
    """SMAPE and MAPE of a figure, by their keys."""
    return {f"{name}_{measure.__name__}_pct": measure(truth, guess) for measure in (smape, mape)}
