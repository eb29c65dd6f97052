"""Predictions by a model's trees and facts, compiled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.features.engine_figures import EngineFigures
from estimators.features.features import FEATURES
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.model.compiled_prediction import CompiledModel, predict_batch, predict_one
from estimators.model.model_store import find_model
from estimators.model.prediction import (
    FITS,
    MEMORY_ERROR,
    PREDICTION,
    RANK_TOO_LARGE,
    USUAL,
    Predictions,
)
from estimators.testing import example_adapters
from twin.gpu.read_profile import read_profile

PROFILE = read_profile("h100_64gb_llama31_8b")
MODEL = find_model(PROFILE)
FIGURES = EngineFigures(PROFILE)
ENGINES = np.array(
    [FIGURES.of_config(PROFILE.engine_config(*size)) for size in ((4, 32), (32, 32), (4096, 32))]
)


def traffic(number: int, rate: float = 0.2) -> np.ndarray:
    return AdapterStatistics().of_adapters(example_adapters(number, rates=(rate,)))


def predict(model: CompiledModel, sums: np.ndarray, engine: int = 1) -> Predictions:
    n = len(sums)
    return predict_batch(model, sums, ENGINES, np.full(n, engine), np.full(n, 600.0))


def test_rows_do_not_depend_on_those_beside_them() -> None:
    """Across blocks of 256 rows, and alone."""
    model = MODEL.compiled()
    sums = np.array([traffic(1 + k % 40, 0.05 + 0.001 * k) for k in range(600)])
    together = predict(model, sums)
    for k in (0, 255, 256, 599):
        number = np.empty(PREDICTION.itemsize // 8)
        predict_one(*model, sums[k], ENGINES[1], 600.0, number)
        assert repr(number.view(PREDICTION)[0]) == repr(together[k])


def test_what_cannot_be_predicted_says_why() -> None:
    model = MODEL.compiled()
    (fits,) = predict(model, traffic(6)[None])
    (full,) = predict(model, traffic(6)[None], engine=2)
    assert (fits["outside"], fits["memory_error"]) == (FITS, False)
    assert (full["outside"], full["memory_error"]) == (MEMORY_ERROR, True)
    assert full["offered_throughput"] == fits["offered_throughput"]
    assert (full["served_throughput"], full["starvation_probability"]) == (0, 1)
    assert np.isnan([full["ttft_p50"], full["power"], full["busy"]]).all()
    small = FIGURES.of_config(PROFILE.engine_config(4, 8))[None]
    one = predict_batch(model, traffic(6)[None], small, np.zeros(1, np.int64), np.full(1, 600.0))
    assert one["outside"].tolist() == [RANK_TOO_LARGE]


def test_the_feature_that_is_farthest_outside_is_told_and_widens_the_error() -> None:
    names = [feature.name for feature in FEATURES]
    ranges = MODEL.ranges.copy()
    ranges[:, names.index("prompt")] = 1.0
    narrow = replace(MODEL, ranges=ranges).compiled()
    (inside,), (outside,) = (predict(m, traffic(6)[None]) for m in (MODEL.compiled(), narrow))
    assert names[outside["outside"]] == "prompt"
    assert outside["uncertainty"] > 10 * inside["uncertainty"]
    assert outside["served_throughput"] == inside["served_throughput"]


def test_conditions_are_kept_to() -> None:
    sums = traffic(8, 0.8)[None]
    usual = predict(MODEL.compiled(), sums, engine=0)
    engine_alone = predict(MODEL.compiled(USUAL._replace(adapters_starve=False)), sums, engine=0)
    assert engine_alone["starvation_probability"] != usual["starvation_probability"]
    powered = predict(MODEL.compiled(USUAL._replace(idle_watts=100.0, busy_watts=600.0)), sums)
    assert powered["power"] == pytest.approx(100 + 500 * powered["busy"])
    unsure = predict(MODEL.compiled(USUAL._replace(uncertainty=0.5)), sums, engine=0)
    assert unsure["uncertainty"] == pytest.approx(np.hypot(usual["uncertainty"], 0.5))
    few = traffic(1, 0.001)[None]
    longer = predict(MODEL.compiled(USUAL._replace(min_requests=3.0)), few)
    assert predict(MODEL.compiled(USUAL._replace(min_requests=0.6)), few) != longer


def test_quantiles_never_cross() -> None:
    sums = np.array([traffic(n, rate) for n in (1, 8, 64) for rate in (0.01, 0.3, 3.0)])
    found = predict(MODEL.compiled(), sums)
    for metric in ("ttft", "tpot"):
        p50, p90, p99 = (found[f"{metric}_{q}"] for q in ("p50", "p90", "p99"))
        assert np.all((p50 <= p90) & (p90 <= p99) & (p99 >= found[f"{metric}_mean"]))
    assert np.all(found["itl_p99"] >= found["itl_mean"])
    assert np.all((found["busy"] > 0) & (found["busy"] <= 1))
