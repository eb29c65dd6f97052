"""How long LightGBM and scikit-learn take for trees as large as those of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from estimators.evaluate.speed import BATCH, fastest
from estimators.model.tree_ensemble import TreeEnsemble

__all__ = ["Measurement", "lightgbm_speed", "scikit_learn_speed"]

FloatArray = NDArray[np.float64]

Measurement = Callable[[], tuple[float, float]]
"""Measures µs for each row, in a batch of `BATCH` and for a single one; to be repeated."""

_SETTINGS = {"min_data_in_leaf": 5, "num_threads": 1, "verbose": -1, "seed": 0}
_FOREST = 100  # trees, as scikit-learn's default
_REPEATS = 5


def lightgbm_speed(trees: TreeEnsemble, rows: FloatArray) -> Measurement:
    """Measures the time of LightGBM's own predict on one core.

    LightGBM has no models of several outputs; one for each output is trained to say what the
    trees say about these rows, with as many trees of the same size.

    Parameters
    ----------
    trees : TreeEnsemble
    rows : ndarray of shape (n, num_features)
    """
    targets = trees.predict(rows)
    boosters = []
    for output in range(trees.num_outputs):
        sizes = trees.num_nodes[trees.output == output] + 1
        settings: dict[str, Any] = {**_SETTINGS, "num_leaves": max(2, int(sizes.max(initial=2)))}
        data = lightgbm.Dataset(rows, targets[:, output])
        boosters.append(lightgbm.train(settings, data, max(1, sizes.size)))

    def predict(some: FloatArray) -> None:
        for booster in boosters:
            booster.predict(some, num_threads=1)

    return lambda: _times(predict, rows)


def scikit_learn_speed(trees: TreeEnsemble, rows: FloatArray) -> Measurement:
    """Measures the time of the predict of scikit-learn's random forest; as `lightgbm_speed`.

    It is one forest of scikit-learn's default size for all outputs.
    """
    forest = RandomForestRegressor(_FOREST, n_jobs=1, random_state=0)
    forest.fit(rows, trees.predict(rows))
    return lambda: _times(forest.predict, rows)


def _times(predict: Callable[[FloatArray], Any], rows: FloatArray) -> tuple[float, float]:
    batch = np.resize(rows, (BATCH, rows.shape[1]))
    together = fastest(lambda: predict(batch), _REPEATS)
    alone = fastest(lambda: predict(batch[:1]), _REPEATS)
    return 1e6 * together / BATCH, 1e6 * alone
