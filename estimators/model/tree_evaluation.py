"""Evaluation of regression trees, compiled.

Many rows are evaluated as in QuickScorer (Lucchese et al., SIGIR 2015): a tree's leaves are the
bits of a word; every node whose condition a row does not meet clears the bits of its left subtree;
the lowest bit left is the row's leaf. All nodes of a tree are looked at, some together so that the
words are loaded and stored less often, but without a branch and for many rows with one
instruction. A few rows walk down the trees instead. Both add up the leaves in the same order, so
that the results are equal to the last digit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled, inlined

__all__ = ["NODE", "TOGETHER", "TREE", "CompiledTrees", "evaluate"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOGETHER = 4
"""Nodes of a tree that are looked at together; their number is a multiple of it."""

_FEW_ROWS = 6  # up to which walking is faster

TREE = np.dtype([("output", "i8"), ("first_node", "i8"), ("first_leaf", "i8"), ("end", "i8")])
NODE = np.dtype(
    [("threshold", "f8"), ("keep", "i8"), ("feature", "i4"), ("low", "i4"), ("high", "i4")],
    align=True,
)
"""Records of `CompiledTrees`."""


class CompiledTrees(NamedTuple):
    """Arrays that `evaluate` takes.

    Parameters
    ----------
    tree : ndarray of shape (trees,)
        Output that a tree adds to, its root, its first leaf, and the node after its last one.
    node : ndarray of shape (nodes,)
        Condition, children, and the bits that stay when a row goes right (values above the
        threshold do). The last ones of a tree may only be there to fill up: no row goes right. A
        child is the number of a node, or ``-1 - leaf`` with the number of the leaf within all
        trees.
    value : ndarray of shape (leaves,)
    """

    tree: NDArray[np.void]
    node: NDArray[np.void]
    value: FloatArray


_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_POSITION = np.zeros(64, np.int64)
for _bit in range(64):
    _POSITION[((0x03F79D71B4CB0A89 << _bit) & (2**64 - 1)) >> 58] = _bit


@compiled
def _root(tree: Any) -> int:
    first: int = tree.first_node if tree.first_node < tree.end else -1 - tree.first_leaf
    return first


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
    trees_left = trees.tree.size % 4
    for k in range(0, trees.tree.size - trees_left, 4):
        a, b = _root(trees.tree[k]), _root(trees.tree[k + 1])
        c, d = _root(trees.tree[k + 2]), _root(trees.tree[k + 3])
        while (a | b | c | d) >= 0:
            a, b = _child(trees.node[a], row), _child(trees.node[b], row)
            c, d = _child(trees.node[c], row), _child(trees.node[d], row)
        while (a & b & c & d) >= 0:
            if a >= 0:
                a = _child(trees.node[a], row)
            if b >= 0:
                b = _child(trees.node[b], row)
            if c >= 0:
                c = _child(trees.node[c], row)
            if d >= 0:
                d = _child(trees.node[d], row)
        sums[trees.tree[k].output] += trees.value[-1 - a]
        sums[trees.tree[k + 1].output] += trees.value[-1 - b]
        sums[trees.tree[k + 2].output] += trees.value[-1 - c]
        sums[trees.tree[k + 3].output] += trees.value[-1 - d]
    for k in range(trees.tree.size - trees_left, trees.tree.size):
        a = _root(trees.tree[k])
        while a >= 0:
            a = _child(trees.node[a], row)
        sums[trees.tree[k].output] += trees.value[-1 - a]


@inlined
def evaluate(
    trees: CompiledTrees, columns: FloatArray, n: int, outputs: FloatArray, bits: IntArray
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
    bits : ndarray of shape (m,)
        Room for intermediate results.
    """
    outputs[:] = 0.0
    if n <= _FEW_ROWS:
        for i in range(n):
            _walk(trees, columns[:, i], outputs[:, i])
        return
    for k in range(trees.tree.size):
        tree = trees.tree[k]
        bits[:n] = -1
        for position in range(tree.first_node, tree.end, TOGETHER):
            a, b = trees.node[position], trees.node[position + 1]
            c, d = trees.node[position + 2], trees.node[position + 3]
            xa, xb = columns[a.feature], columns[b.feature]
            xc, xd = columns[c.feature], columns[d.feature]
            keep_a, keep_b, keep_c, keep_d = a.keep, b.keep, c.keep, d.keep
            over_a, over_b, over_c, over_d = a.threshold, b.threshold, c.threshold, d.threshold
            for i in range(n):
                bits[i] &= (
                    (keep_a if xa[i] > over_a else -1)
                    & (keep_b if xb[i] > over_b else -1)
                    & (keep_c if xc[i] > over_c else -1)
                    & (keep_d if xd[i] > over_d else -1)
                )
        sums = outputs[tree.output]
        for i in range(n):
            lowest = np.uint64(bits[i] & -bits[i])
            leaf = _POSITION[(lowest * _DE_BRUIJN) >> np.uint64(58)]
            sums[i] += trees.value[tree.first_leaf + leaf]
