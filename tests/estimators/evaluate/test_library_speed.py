"""Times of the libraries."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.evaluate.library_speed import lightgbm_speed, scikit_learn_speed
from estimators.model.tree_ensemble import TreeEnsemble


@pytest.mark.parametrize("speed", [lightgbm_speed, scikit_learn_speed])
def test_a_batch_takes_less_for_each_row_than_a_single_one(speed: object) -> None:
    trees = TreeEnsemble(
        num_features=2,
        num_outputs=2,
        output=np.array([0, 1]),
        num_nodes=np.array([1, 1]),
        feature=np.array([0, 1]),
        threshold=np.array([0.5, 0.5]),
        left=np.array([-1, -1]),
        right=np.array([-2, -2]),
        value=np.array([0.0, 1.0, 0.0, 2.0]),
    )
    rows = np.random.default_rng(0).random((64, 2))
    batch, single = speed(trees, rows)()  # type: ignore[operator]  # one of two functions
    assert 0 < batch < single
