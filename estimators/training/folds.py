"""Folds for cross-validation that keep the rows of a scenario together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["scenario_folds"]


def scenario_folds(
    scenario: NDArray[np.int64], num_folds: int, seed: int = 0
) -> NDArray[np.int64]:
    """Fold of each row, of shape (n,).

    Parameters
    ----------
    scenario : ndarray of shape (n,)
        Number of the scenario that a row belongs to.
    num_folds : int
    seed : int
        Of the draw.
    """
    numbers, position = np.unique(scenario, return_inverse=True)
    order = np.random.default_rng(seed).permutation(numbers.size)
    folds: NDArray[np.int64] = (order % num_folds)[position]
    return folds
