"""Times of predictions, and of the libraries."""

from __future__ import annotations

import numpy as np

from estimators.evaluate.library_speed import lightgbm_speed, scikit_learn_speed
from estimators.evaluate.speed import fastest, measure_speed
from estimators.features.features import feature_rows
from estimators.ml_backed import MLEstimator
from estimators.starvation import PAPER_RULE
from estimators.testing import example_adapters
from twin.gpu.read_profile import read_profile

PROFILE = read_profile("h100_64gb_llama31_8b")


def test_trees_are_faster_than_the_libraries() -> None:
    """By far: tens of times for a single engine."""
    predictor = MLEstimator().predictor(PROFILE, PAPER_RULE)
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
