"""Folds for cross-validation."""

from __future__ import annotations

import numpy as np

from estimators.training.folds import scenario_folds


def test_folds_keep_scenarios_together() -> None:
    scenario = np.repeat(np.arange(40), 3)
    folds = scenario_folds(scenario, 4)
    assert all(np.unique(folds[scenario == s]).size == 1 for s in range(40))
    assert np.bincount(folds).tolist() == [30, 30, 30, 30]
    np.testing.assert_array_equal(folds, scenario_folds(scenario, 4))
    assert np.any(folds != scenario_folds(scenario, 4, seed=1))
