"""Evaluation of trees, compiled: all nodes of a tree at once, or a walk for each row."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.model.byte_evaluation import room_for
from estimators.model.leaf_bytes import TREE
from estimators.model.tree_ensemble import TreeEnsemble
from estimators.model.tree_evaluation import NODE, evaluate

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
    room = room_for(trees.compiled.leaf_bytes.column.size, 20)
    evaluate(trees.compiled, columns, 12, outputs, *room)
    np.testing.assert_array_equal(outputs[:, :12].T, trees.predict(columns.T[:12]))
    assert np.all(outputs[:, 12:] == 0)


@pytest.mark.parametrize(("number", "nodes"), [(3, 7), (9, 62), (40, 30)])
def test_many_rows_are_evaluated_to_the_last_digit_as_a_few_are(number: int, nodes: int) -> None:
    trees = chains(number, nodes)
    rows = RNG.random((70, 3))
    one_by_one = np.concatenate([trees.predict(row[None]) for row in rows])
    np.testing.assert_array_equal(trees.predict(rows), one_by_one)


def test_nodes_are_numbered_within_their_tree() -> None:
    compiled = chains(2, 5).compiled
    assert (compiled.tree.dtype, compiled.node.dtype) == (TREE, NODE)
    assert compiled.tree["first_node"].tolist() == [0, 5]
    assert compiled.tree["first_leaf"].tolist() == [0, 6]
    assert compiled.node["high"].tolist() == 2 * [1, 2, 3, 4, -6]
