"""Regression trees as tests of bytes."""

from __future__ import annotations

import numpy as np

from estimators.model.leaf_bytes import (
    BYTES,
    COLUMN,
    LOWEST,
    MOST_THRESHOLDS,
    TEST,
    TOGETHER,
    LeafBytes,
)


def of_nodes(feature: list[int], threshold: list[float], masks: list[int]) -> LeafBytes:
    """One tree."""
    nodes = np.array(feature), np.array(threshold, float)
    return LeafBytes.of([len(feature)], *nodes, masks)


def test_thresholds_of_a_feature_are_sorted_and_filled_up() -> None:
    trees = of_nodes([4, 2, 4, 4, 4], [3.0, 7.0, 1.0, 3.0, 2.0], [1, 1, 1, 1, 1])
    assert (trees.column.dtype, trees.test.dtype) == (COLUMN, TEST)
    assert trees.column.tolist() == [(2, 0, 1), (4, 1, 2)]
    assert trees.threshold.tolist() == [7.0, 1.0, 2.0, 3.0]
    found = [(column, above - LOWEST) for column, above, _ in trees.test.tolist()[:5]]
    assert found == [(1, 3), (0, 1), (1, 1), (1, 3), (1, 2)]


def test_a_feature_with_many_thresholds_has_several_columns() -> None:
    number = MOST_THRESHOLDS + 3
    trees = of_nodes([0] * number, list(range(number)), [1] * number)
    assert trees.column["feature"].tolist() == [0, 0]
    assert trees.column["steps"].tolist() == [8, 2]
    last = trees.test[number - 1]
    assert (last["column"], last["above"] - LOWEST) == (1, 3)


def test_nodes_touch_the_bytes_alone_in_which_they_clear_something() -> None:
    trees = of_nodes([0, 1], [0.5, 0.5], [0b1_0000_0001, 0b10])
    per_byte = np.diff(trees.start[0])
    assert per_byte.tolist() == [TOGETHER, TOGETHER, *[0] * (BYTES - 2)]
    assert trees.test["keep"].tolist()[:TOGETHER] == [-2, -3, -1, -1]
    assert trees.test["keep"].tolist()[TOGETHER:] == [-2, -1, -1, -1]


def test_there_may_be_no_nodes() -> None:
    trees = LeafBytes.of([0, 0], np.empty(0, np.int64), np.empty(0), [])
    assert (trees.column.size, trees.threshold.size, trees.test.size) == (0, 0, 0)
    assert trees.start.tolist() == [[0] * (BYTES + 1)] * 2
