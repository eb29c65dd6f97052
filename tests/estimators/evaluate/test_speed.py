"""Times of predictions, and of the libraries."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.evaluate.library_speed import lightgbm_speed, scikit_learn_speed
from estimators.evaluate.report import Speeds, evaluation_document
from estimators.evaluate.speed import fastest, measure_speed
from estimators.features.features import feature_rows
from estimators.ml_backed import MLEstimator
from estimators.testing import example_adapters
from twin.gpu.read_profile import read_profile

PROFILE = read_profile("h100_64gb_llama31_8b")


def test_trees_are_faster_than_the_libraries() -> None:
    """By far: tens of times for a single engine."""
    predictor = MLEstimator().predictor(PROFILE)
    adapters = example_adapters(60)
    traffic = np.array([predictor.traffic(adapters[:n]) for n in range(8, 60)])
    before = traffic.copy()
    engines = np.array([predictor.engine(PROFILE.engine_config(16, 32))] * len(traffic))
    added = predictor.statistics(adapters[-1])
    batch, single = measure_speed(predictor, traffic, engines, added)
    np.testing.assert_array_equal(traffic, before)
    assert 0 < batch < single
    rows, _ = feature_rows(traffic, engines, np.full(len(traffic), 600.0))
    trees = predictor.model.trees
    theirs = lightgbm_speed(trees, rows)()
    assert batch < theirs[0]
    assert single < theirs[1]
    forest = scikit_learn_speed(trees, rows)()
    assert batch < forest[0]
    assert single < forest[1]


def test_the_fastest_repeat_counts() -> None:
    calls = []
    assert fastest(lambda: calls.append(1), repeats=3) >= 0
    assert len(calls) == 4


def test_without_runs_there_are_no_figures() -> None:
    document = evaluation_document([], Speeds(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    assert document["n"] == 0
    assert document["throughput_smape_pct"] is None
    assert document["us_single"] == 2.0
    assert document["models"] == {}


def test_speeds_have_the_names_of_the_document() -> None:
    speeds = Speeds(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert speeds.us_per_row_batch256 == pytest.approx(1.0)
