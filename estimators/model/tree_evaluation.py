"""Evaluation of regression trees, compiled.

Many rows are evaluated at once (`estimators.model.byte_evaluation`), a few rows walk down the
trees. Both add up the leaves in the same order, so that the results are equal to the last digit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.model.byte_evaluation import add_leaves
from estimators.model.leaf_bytes import TREE, LeafBytes
from twin.compiled import compiled, inlined

__all__ = ["NODE", "TREE", "CompiledTrees", "evaluate"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FEW_ROWS = 8  # up to which walking is faster

NODE = np.dtype(
    [("threshold", "f8"), ("feature", "i2"), ("low", "i2"), ("high", "i2")], align=True
)
"""Record of `CompiledTrees`: small, since a walk waits for memory."""


class CompiledTrees(NamedTuple):
    """Arrays that `evaluate` takes.

    Parameters
    ----------
    tree : ndarray of TREE, of shape (trees,)
    node : ndarray of NODE, of shape (nodes,)
        Condition (values above the threshold go right) and children: the number of a node, or
        ``-1 - leaf``, within the tree. A tree without a condition has a node all the same.
    value : ndarray of shape (leaves,)
    leaf_bytes : LeafBytes
        The same trees.
    """

    tree: NDArray[np.void]
    node: NDArray[np.void]
    value: FloatArray
    leaf_bytes: LeafBytes


@compiled
def _child(node: Any, row: FloatArray) -> int:
    """Where a row goes on: without a branch, as it cannot be foretold."""
    high = np.int64(row[node.feature] > node.threshold)
    child: int = node.low + (node.high - node.low) * high
    return child


@compiled
def _walk(trees: CompiledTrees, row: FloatArray, sums: FloatArray) -> None:
    """Add up the leaves of one row.

    A walk waits for memory at every node, so four trees are walked at the same time. Leaves are
    negative numbers: the bitwise or of positions is so from the first leaf on, the and from the
    last.
    """
    tree, node, value = trees.tree, trees.node, trees.value
    trees_left = tree.size % 4
    for k in range(0, tree.size - trees_left, 4):
        ta, tb, tc, td = tree[k], tree[k + 1], tree[k + 2], tree[k + 3]
        na, nb, nc, nd = ta.first_node, tb.first_node, tc.first_node, td.first_node
        a, b = _child(node[na], row), _child(node[nb], row)
        c, d = _child(node[nc], row), _child(node[nd], row)
        while (a | b | c | d) >= 0:
            a, b = _child(node[na + a], row), _child(node[nb + b], row)
            c, d = _child(node[nc + c], row), _child(node[nd + d], row)
        while (a & b & c & d) >= 0:
            if a >= 0:
                a = _child(node[na + a], row)
            if b >= 0:
                b = _child(node[nb + b], row)
            if c >= 0:
                c = _child(node[nc + c], row)
            if d >= 0:
                d = _child(node[nd + d], row)
        sums[ta.output] += value[ta.first_leaf - 1 - a]
        sums[tb.output] += value[tb.first_leaf - 1 - b]
        sums[tc.output] += value[tc.first_leaf - 1 - c]
        sums[td.output] += value[td.first_leaf - 1 - d]
    for k in range(tree.size - trees_left, tree.size):
        one = tree[k]
        a = _child(node[one.first_node], row)
        while a >= 0:
            a = _child(node[one.first_node + a], row)
        sums[one.output] += value[one.first_leaf - 1 - a]


@inlined
def evaluate(
    trees: CompiledTrees,
    columns: FloatArray,
    n: int,
    outputs: FloatArray,
    room: NDArray[np.int8],
    place: IntArray,
) -> None:
    """Evaluate trees.

    Parameters
    ----------
    trees : CompiledTrees
    columns : ndarray of shape (num_features, m)
        Values, one row for each feature.
    n : int
        Rows to evaluate, the first ones of m.
    outputs : ndarray of shape (num_outputs, m)
        Where the sums are written.
    room, place : ndarray
        That of `estimators.model.byte_evaluation.room_for`.
    """
    outputs[:] = 0.0
    if n > _FEW_ROWS:
        add_leaves(trees.leaf_bytes, trees.tree, trees.value, columns, n, outputs, room, place)
        return
    for i in range(n):
        _walk(trees, columns[:, i], outputs[:, i])
