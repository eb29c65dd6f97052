"""Trees for every output, and the calibration of their errors."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.features.features import FEATURES, NUM_FEATURES
from estimators.model.prediction import OUTPUTS
from estimators.training.fit import TREE_PLANS, OutputPlan, fit_booster, fit_model, fit_output
from estimators.training.train import Training


def test_every_output_has_a_plan() -> None:
    assert set(TREE_PLANS) == set(OUTPUTS)


def test_rows_without_a_target_are_left_out() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((200, NUM_FEATURES))
    target = np.where(features[:, 0] > 0.5, 1.0, 0.0)
    unknown = target.copy()
    unknown[::2] = np.nan
    plan = OutputPlan(20, 4)
    some = fit_booster(features, unknown, plan)
    half = fit_booster(features[1::2], target[1::2], plan)
    np.testing.assert_array_equal(some.predict(features), half.predict(features))


def test_a_few_wild_rows_do_not_bend_what_counts_errors_as_they_are() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((400, NUM_FEATURES))
    target = np.zeros(400)
    target[::10] = 100.0
    squares, as_they_are = (
        fit_booster(features, target, OutputPlan(20, 4, absolute=absolute)).predict(features)
        for absolute in (False, True)
    )
    assert np.mean(squares[target == 0]) > 2
    assert np.mean(as_they_are[target == 0]) < 0.5


def test_rows_of_more_weight_count_more() -> None:
    features = np.zeros((200, NUM_FEATURES))
    target = np.repeat([0.0, 1.0], 100)
    booster = fit_booster(features, target, OutputPlan(1, 2), weight=np.repeat([1.0, 3.0], 100))
    assert booster.predict(features[:1])[0] == pytest.approx(0.75)


def test_neglect_never_falls_with_the_traffic() -> None:
    """Although the data says the opposite here."""
    rng = np.random.default_rng(0)
    features = rng.random((400, NUM_FEATURES))
    column = next(k for k, feature in enumerate(FEATURES) if feature.growth == 1)
    target = (features[:, column] < 0.5).astype(float)
    booster = fit_output(features, target, "neglected", {"neglected": OutputPlan(20, 4)})
    rows = np.repeat(features[:1], 50, axis=0)
    rows[:, column] = np.linspace(0, 1, 50)
    assert np.all(np.diff(booster.predict(rows, raw_score=True)) >= 0)


def test_bounds_hold_as_often_as_they_say(small_training: Training) -> None:
    """Errors are those of rows that were left out, in units of the one to be expected."""
    model = small_training.model
    assert np.all(np.diff(model.errors) > 0)
    low, high = model.error_quantiles(0.9)
    assert low < 0 < high
    positions = np.linspace(0, 1, model.errors.size)
    share = np.interp(high, model.errors, positions) - np.interp(low, model.errors, positions)
    assert share == pytest.approx(0.9)


def test_probabilities_are_calibrated(small_training: Training) -> None:
    model, dataset = small_training.model, small_training.table.dataset
    predictions = model.predict(
        dataset.statistics, dataset.engines, np.arange(len(dataset)), dataset.seconds
    )
    probability = predictions["starvation_probability"]
    truth = dataset.label("starved_or_neglected")
    assert abs(probability.mean() - truth.mean()) < 0.06
    assert np.mean(truth[probability <= 0.05]) <= 0.05


def test_training_tells_what_it_does(small_training: Training) -> None:
    said: list[str] = []
    plans = dict.fromkeys(OUTPUTS, OutputPlan(2, 4))
    model = fit_model(small_training.table, plans=plans, report=said.append)
    assert said == ["errors on scenarios that are left out", "trees"]
    assert model.fingerprint == small_training.model.fingerprint
    assert model.trees.num_trees == 2 * len(OUTPUTS)
    assert model.provenance == {}


def test_idle_engines_are_known(small_training: Training) -> None:
    low, high = small_training.model.ranges
    features = small_training.table.features
    np.testing.assert_array_equal(high, features.max(axis=0))
    growing = np.array([feature.growth == 1 for feature in FEATURES])
    least = features.min(axis=0)
    vanishing = growing | ((least >= 0) & (least < 1e-3 * high))
    assert np.all(low[vanishing] == 0)
    np.testing.assert_array_equal(low[~vanishing], features.min(axis=0)[~vanishing])
    assert 0 < vanishing.sum() < len(FEATURES)
