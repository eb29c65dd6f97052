"""Evaluation of trees for many rows at once, compiled."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from estimators.model.byte_evaluation import room_for
from estimators.model.leaf_bytes import BYTES
from estimators.model.tree_ensemble import TreeEnsemble

RNG = np.random.default_rng(5)
NUM_ROWS = 3000


def grown(leaves: int, bins: int) -> tuple[lightgbm.Booster, np.ndarray]:
    """Trees on features of which many values are equal, and the rows that they were grown on."""
    rows = RNG.normal(size=(NUM_ROWS, 5))
    rows[:, 1] = np.round(rows[:, 1])
    target = rows[:, 0] * np.sin(3 * rows[:, 2]) + rows[:, 1] + rows[:, 3] ** 2
    settings = {"num_leaves": leaves, "max_bin": bins, "min_data_in_leaf": 3, "verbose": -1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, target), 12), rows


@pytest.mark.parametrize(("leaves", "bins"), [(2, 255), (9, 255), (63, 15), (63, 2000)])
def test_rows_come_to_the_leaves_of_lightgbm(leaves: int, bins: int) -> None:
    """Also with more thresholds of a feature than a code counts."""
    booster, rows = grown(leaves, bins)
    trees = TreeEnsemble.from_lightgbm([booster.dump_model()], rows.shape[1])
    np.testing.assert_allclose(trees.predict(rows)[:, 0], booster.predict(rows), atol=1e-12)


def test_a_value_at_a_threshold_and_no_number_go_left() -> None:
    trees = TreeEnsemble(
        num_features=1,
        num_outputs=1,
        output=np.array([0]),
        num_nodes=np.array([2]),
        feature=np.array([0, 0]),
        threshold=np.array([1.0, 2.0]),
        left=np.array([-1, -2]),
        right=np.array([1, -3]),
        value=np.array([10.0, 20.0, 30.0]),
    )
    values = [1.0, np.nextafter(1.0, 2.0), 2.0, 2.1, np.nan, np.inf, -np.inf]
    leaves = [10.0, 20.0, 20.0, 30.0, 10.0, 30.0, 10.0]
    rows = np.tile(values, 3)[:, None]  # enough not to be walked
    assert trees.predict(rows)[:, 0].tolist() == 3 * leaves
    one_by_one = [trees.predict(row[None])[0, 0] for row in rows[: len(values)]]
    assert one_by_one == leaves


def test_room_is_whole_vectors_wide() -> None:
    room, place = room_for(3, 65)
    assert room.size == (3 + BYTES + 1) * 128
    assert place.size == 65
