"""What a model looks at."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.features.features import FEATURES
from estimators.training.explanation import explain, feature_importances
from estimators.training.train import Training


def test_importances_are_shares(small_training: Training) -> None:
    importances = feature_importances(small_training.table)
    assert set(importances) == {"served_share", "neglected", "ttft_mean", "tpot_mean"}
    for shares in importances.values():
        values = list(shares.values())
        assert values == sorted(values, reverse=True)
        assert sum(values) == pytest.approx(1.0)
        assert set(shares) == {feature.name for feature in FEATURES}


def test_the_surrogate_is_small_and_faithful(small_training: Training) -> None:
    surrogate = explain(small_training.model, small_training.table)
    assert surrogate.tree.get_depth() <= 4
    assert surrogate.fidelity > 0.85
    assert surrogate.macro_f1 > 0.8


def test_a_surrogate_of_one_verdict_has_one_leaf(small_training: Training) -> None:
    table = small_training.table
    starved = table.take(table.dataset.label("starved_or_neglected") == 1)
    far = starved.take(starved.dataset.label("served_share") < 0.5)
    assert len(far.features) > 5
    assert np.all(far.dataset.label("starved") == 1)
    assert explain(small_training.model, far).class_names == ["starves"]
