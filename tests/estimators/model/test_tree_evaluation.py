"""Evaluation of trees, compiled: all nodes of a tree at once, or a walk for each row."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.model.tree_ensemble import TreeEnsemble
from estimators.model.tree_evaluation import NODE, TOGETHER, TREE, evaluate

RNG = np.random.default_rng(3)


def chains(number: int, nodes: int) -> TreeEnsemble:
    """Trees whose left children are leaves: the k-th leaf is where feature k mod 3 is small."""
    total = number * nodes
    leaf = np.arange(nodes)
    right = np.where(leaf < nodes - 1, leaf + 1, -1 - nodes)
    return TreeEnsemble(
        num_features=3,
        num_outputs=2,
        output=np.arange(number) % 2,
        num_nodes=np.full(number, nodes),
        feature=np.tile(leaf % 3, number),
        threshold=RNG.random(total) / 4,
        left=np.tile(-1 - leaf, number),
        right=np.tile(right, number),
        value=RNG.normal(size=total + number),
    )


def by_hand(trees: TreeEnsemble, row: np.ndarray) -> np.ndarray:
    sums = np.zeros(trees.num_outputs)
    nodes = int(trees.num_nodes[0])
    for tree, output in enumerate(trees.output):
        own = slice(tree * nodes, (tree + 1) * nodes)
        left = row[trees.feature[own]] <= trees.threshold[own]
        leaf = int(np.argmax(left)) if left.any() else nodes
        sums[output] += trees.value[tree * (nodes + 1) + leaf]
    return sums


@pytest.mark.parametrize(("number", "nodes"), [(1, 1), (4, 3), (7, 5), (9, 62)])
@pytest.mark.parametrize("n", [1, 6, 7, 40])
def test_every_row_ends_at_its_leaf(number: int, nodes: int, n: int) -> None:
    """With numbers of trees and nodes that are a multiple of what is done together, or not."""
    trees = chains(number, nodes)
    rows = RNG.random((n, 3))
    expected = [by_hand(trees, row) for row in rows]
    np.testing.assert_allclose(trees.predict(rows), expected, atol=1e-12)


def test_only_the_first_rows_are_evaluated() -> None:
    trees = chains(3, 2)
    columns, outputs = RNG.random((3, 20)), np.full((2, 20), np.nan)
    evaluate(trees.compiled, columns, 12, outputs, np.empty(20, np.int64))
    np.testing.assert_array_equal(outputs[:, :12].T, trees.predict(columns.T[:12]))
    assert np.all(outputs[:, 12:] == 0)


def test_nodes_are_filled_up_with_some_that_no_row_passes() -> None:
    compiled = chains(2, 5).compiled
    assert (compiled.tree.dtype, compiled.node.dtype) == (TREE, NODE)
    assert compiled.tree["end"].tolist() == [2 * TOGETHER, 4 * TOGETHER]
    assert np.isinf(compiled.node["threshold"][5:8]).all()
