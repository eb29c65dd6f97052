"""Kinds of models compared by cross-validation, and the error against the size of the dataset."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from estimators.training.assessment import served_figures
from estimators.training.folds import scenario_folds
from estimators.training.learners import LEARNERS, Learner
from estimators.training.table import TrainingTable

__all__ = ["LearnerFigures", "SizeFigures", "compare_learners", "learning_curve"]

FloatArray = NDArray[np.float64]

_FOLDS = 4
_BATCH = 256
_REPEATS = 5
_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)


@dataclass(frozen=True, slots=True)
class LearnerFigures:
    """What a kind of model is worth on scenarios that it has not seen.

    Parameters
    ----------
    name : str
    throughput_smape_pct, throughput_mape_pct, engine_macro_f1, band_macro_f1 : float
        See `estimators.training.assessment.served_figures`.
    fit_seconds : float
        Of one training, on one core.
    us_per_row : float
        Of the library's own predict, in batches of 256.
    """

    name: str
    throughput_smape_pct: float
    throughput_mape_pct: float
    engine_macro_f1: float
    band_macro_f1: float
    fit_seconds: float
    us_per_row: float


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """What the shipped kind of model is worth after some rows.

    Parameters
    ----------
    rows : int
        Rows that it was trained on.
    throughput_smape_pct, throughput_mape_pct, engine_macro_f1, band_macro_f1 : float
        On rows of other scenarios.
    """

    rows: int
    throughput_smape_pct: float
    throughput_mape_pct: float
    engine_macro_f1: float
    band_macro_f1: float


def compare_learners(
    table: TrainingTable,
    learners: Mapping[str, Learner] = LEARNERS,
    clock: Callable[[], float] = time.perf_counter,
) -> list[LearnerFigures]:
    """Cross-validate kinds of models; rows of a scenario are never on both sides.

    Parameters
    ----------
    table : TrainingTable
    learners : mapping of str to callable
    clock : callable
        Monotonic time in seconds.
    """
    target = table.target("served_share")
    folds = scenario_folds(table.dataset.scenario, _FOLDS)
    result = []
    for name, learner in learners.items():
        guess = np.empty(len(target))
        fit_seconds, predict_seconds = [], []
        for fold in range(_FOLDS):
            out = folds == fold
            batch = np.resize(table.features[out], (_BATCH, table.features.shape[1]))
            with threadpool_limits(1):
                began = clock()
                predict = learner(table.features[~out], target[~out])
                fit_seconds.append(clock() - began)
                guess[out] = predict(table.features[out])
                for _ in range(_REPEATS):
                    began = clock()
                    predict(batch)
                    predict_seconds.append(clock() - began)
        figures = _figures(table, guess)
        microseconds = 1e6 * min(predict_seconds) / _BATCH
        result.append(LearnerFigures(name, *figures, float(np.mean(fit_seconds)), microseconds))
    return result


def learning_curve(
    table: TrainingTable,
    learner: Learner = LEARNERS["LightGBM"],
    shares: Sequence[float] = _SHARES,
) -> list[SizeFigures]:
    """Error on scenarios that are left out, after training on a growing share of the others.

    Parameters
    ----------
    table : TrainingTable
    learner : callable
    shares : sequence of float
        Shares of the scenarios that are not left out.
    """
    target = table.target("served_share")
    folds = scenario_folds(table.dataset.scenario, _FOLDS)
    # Nested samples: each share holds the scenarios of the smaller ones.
    order = scenario_folds(table.dataset.scenario, len(table.dataset), seed=1)
    places = np.argsort(np.argsort(order, kind="stable"), kind="stable") / len(order)
    result = []
    for share in shares:
        guess = np.empty(len(target))
        rows = []
        for fold in range(_FOLDS):
            out = folds == fold
            chosen = ~out & (places < share)
            rows.append(int(chosen.sum()))
            guess[out] = learner(table.features[chosen], target[chosen])(table.features[out])
        result.append(SizeFigures(round(np.mean(rows)), *_figures(table, guess)))
    return result


def _figures(table: TrainingTable, guess: FloatArray) -> tuple[float, float, float, float]:
    share = np.minimum(1.0, table.references["served_share"] * np.exp(guess))
    dataset = table.dataset
    figures = served_figures(dataset.label("served_share"), share, dataset.starvation_threshold)
    return (
        figures["throughput_smape_pct"],
        figures["throughput_mape_pct"],
        figures["engine_macro_f1"],
        figures["band_macro_f1"],
    )
