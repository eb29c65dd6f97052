"""Kinds of models and sizes of datasets, compared."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from estimators.dataset.labels import LABELS
from estimators.features.features import FEATURES
from estimators.training.comparison import compare_learners, learning_curve
from estimators.training.learners import LEARNERS
from estimators.training.table import TrainingTable
from estimators.training.train import Training


def table_of_a_law(table: TrainingTable) -> TrainingTable:
    """The same rows, of which those above three quarters of the capacity lose a fifth."""
    labels = table.dataset.labels.copy()
    rate = table.features[:, [feature.name for feature in FEATURES].index("relative_rate")]
    lost = np.where(rate > 0.75, 0.8, 1.0)
    labels[:, LABELS.index("served_share")] = table.references["served_share"] * lost
    return replace(table, dataset=replace(table.dataset, labels=labels))


def test_what_can_be_learned_is_learned(small_training: Training) -> None:
    table = table_of_a_law(small_training.table)
    rows = {row.name: row for row in compare_learners(table)}
    assert list(rows) == list(LEARNERS)
    nothing = rows["equilibrium alone"].throughput_smape_pct
    assert nothing == pytest.approx(100 / 9 * np.mean(table.target("served_share") < -0.1))
    for name, row in rows.items():
        if name != "equilibrium alone":
            assert row.throughput_smape_pct < 0.6 * nothing
        assert row.throughput_smape_pct < row.throughput_mape_pct < 4 * row.throughput_smape_pct
        assert row.fit_seconds >= 0
        assert row.us_per_row > 0
    assert rows["LightGBM"].throughput_smape_pct < 0.2 * nothing
    assert rows["LightGBM"].engine_macro_f1 > 0.97


def test_times_are_those_of_the_clock(small_training: Training) -> None:
    ticks = count()
    chosen = {"equilibrium alone": LEARNERS["equilibrium alone"]}
    (row,) = compare_learners(small_training.table, chosen, clock=lambda: next(ticks))
    assert row.fit_seconds == 1.0
    assert row.us_per_row == pytest.approx(1e6 / 256)


def test_rows_that_are_judged_were_not_seen(small_training: Training) -> None:
    """A learner that knows its rows by heart knows none of those that it is asked for."""
    table = small_training.table
    seen: list[np.ndarray] = []

    def learner(features: np.ndarray, target: np.ndarray) -> object:
        seen.append(features)
        assert len(features) == len(target)
        return lambda rows: (
            np.zeros(len(rows)) if not _common(rows, features) else pytest.fail("seen before")
        )

    compare_learners(table, {"by heart": learner})  # type: ignore[dict-item]
    assert sum(map(len, seen)) == 3 * len(table.features)


def _common(rows: np.ndarray, features: np.ndarray) -> bool:
    return bool({row.tobytes() for row in rows} & {row.tobytes() for row in features})


def test_more_rows_are_better(small_training: Training) -> None:
    sizes = learning_curve(table_of_a_law(small_training.table), shares=(0.1, 1.0))
    few, all_of_them = sizes
    assert few.rows < all_of_them.rows == round(0.75 * len(small_training.table.features))
    assert all_of_them.throughput_smape_pct < few.throughput_smape_pct
