"""Features and targets of a dataset."""

from __future__ import annotations

import numpy as np

from estimators.model.prediction import OUTPUTS
from estimators.training.train import Training


def test_targets_are_relative_to_what_they_are_said_to_be(small_training: Training) -> None:
    table = small_training.table
    dataset = table.dataset
    served = np.exp(table.target("served_share")) * table.references["served_share"]
    np.testing.assert_allclose(served, np.maximum(dataset.label("served_share"), 1e-3))
    step = np.exp(table.target("tpot_mean")) * table.references["step"]
    np.testing.assert_allclose(step, dataset.label("tpot_mean"))
    p99 = np.exp(table.target("ttft_p99")) * dataset.label("ttft_mean")
    np.testing.assert_allclose(p99, dataset.label("ttft_p99"))
    assert set(np.unique(table.target("neglected"))) <= set(np.linspace(0, 1, 61))
    for output in OUTPUTS:
        if output != "spread":
            assert table.target(output).shape == (len(dataset),)


def test_some_rows_are_taken(small_training: Training) -> None:
    table = small_training.table
    chosen = table.take(np.array([5, 3]))
    np.testing.assert_array_equal(chosen.features, table.features[[5, 3]])
    np.testing.assert_array_equal(chosen.target("busy"), table.target("busy")[[5, 3]])
    assert len(chosen.dataset) == 2


def test_latencies_of_engines_that_starve_count_less(small_training: Training) -> None:
    table = small_training.table
    weight = table.weight("ttft_mean")
    assert weight is not None
    starves = table.dataset.label("served_share") < table.dataset.starvation_threshold
    assert 0 < weight[starves].max() < weight[~starves].min() == 1
    assert table.weight("served_share") is None
