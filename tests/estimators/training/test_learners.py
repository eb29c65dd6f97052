"""Kinds of models that are compared."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.features.features import NUM_FEATURES
from estimators.training.learners import LEARNERS

RNG = np.random.default_rng(0)
FEATURES = RNG.random((300, NUM_FEATURES))
TARGET = FEATURES[:, 0] + np.where(FEATURES[:, 1] > 0.5, 1.0, 0.0)


@pytest.mark.parametrize("name", [name for name in LEARNERS if name != "equilibrium alone"])
def test_every_kind_learns_a_simple_law(name: str) -> None:
    guess = LEARNERS[name](FEATURES, TARGET)(FEATURES)
    assert guess.shape == TARGET.shape
    assert np.mean((guess - TARGET) ** 2) < 0.8 * TARGET.var()


def test_the_equilibrium_alone_corrects_nothing() -> None:
    assert LEARNERS["equilibrium alone"](FEATURES, TARGET)(FEATURES[:3]).tolist() == [0, 0, 0]


def test_the_last_kind_is_the_one_that_is_saved() -> None:
    assert list(LEARNERS)[-1] == "LightGBM"
