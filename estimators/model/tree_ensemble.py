"""Regression trees for several outputs at once, and their compiled form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.model.byte_evaluation import room_for
from estimators.model.leaf_bytes import BYTES, TREE, LeafBytes
from estimators.model.tree_evaluation import NODE, CompiledTrees, evaluate
from twin.files.errors import InputError

__all__ = ["MOST_LEAVES", "TreeEnsemble"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_LEAVES = 63
"""Leaves that a tree may have: the bits of a word but its sign."""

_LARGEST = 1e6  # value of a leaf
_ROWS = ("output", "num_nodes", "feature", "threshold", "left", "right", "value")


@dataclass(frozen=True, slots=True)
class TreeEnsemble:
    """Sums of binary regression trees, one sum for each output.

    Parameters
    ----------
    num_features : int
        Length of a row.
    num_outputs : int
        Number of sums.
    output : ndarray of shape (trees,)
        Output that each tree adds to.
    num_nodes : ndarray of shape (trees,)
        Inner nodes of each tree; it has one leaf more.
    feature, threshold : ndarray of shape (nodes,)
        Condition of each inner node, tree after tree and the root first: values of the feature up
        to the threshold go left.
    left, right : ndarray of shape (nodes,)
        Children: the number of a node within the tree, or ``-1 - leaf`` with the number of a leaf
        within the tree.
    value : ndarray of shape (leaves,)
        Value of each leaf, tree after tree.

    Raises
    ------
    InputError
        If the arrays are no such trees, or a tree has more than `MOST_LEAVES` leaves.
    """

    num_features: int
    num_outputs: int
    output: IntArray
    num_nodes: IntArray
    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray
    compiled: CompiledTrees = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", self._compile())

    @property
    def num_trees(self) -> int:
        return int(self.output.size)

    @classmethod
    def from_lightgbm(
        cls, boosters: Sequence[Mapping[str, Any]], num_features: int
    ) -> TreeEnsemble:
        """Ensemble whose outputs are those of several LightGBM models.

        Parameters
        ----------
        boosters : sequence of mapping
            ``Booster.dump_model()`` of each; its features must be numbers without missing values.
            The outputs are raw scores.
        num_features : int
        """
        parts = [
            (output, _nodes(tree["tree_structure"]))
            for output, dump in enumerate(boosters)
            for tree in dump["tree_info"]
        ]
        nodes = [node for _, (tree, _) in parts for node in tree]
        return cls(
            num_features=num_features,
            num_outputs=len(boosters),
            output=np.array([output for output, _ in parts], np.int64),
            num_nodes=np.array([len(tree) for _, (tree, _) in parts], np.int64),
            feature=np.array([node[0] for node in nodes], np.int64),
            threshold=np.array([node[1] for node in nodes], np.float64),
            left=np.array([node[2] for node in nodes], np.int64),
            right=np.array([node[3] for node in nodes], np.int64),
            value=np.array([v for _, (_, leaves) in parts for v in leaves], np.float64),
        )

    def predict(self, rows: FloatArray) -> FloatArray:
        """Outputs of rows.

        Parameters
        ----------
        rows : ndarray of shape (n, num_features)

        Returns
        -------
        ndarray of shape (n, outputs)
        """
        columns = np.ascontiguousarray(rows.T)
        outputs = np.empty((self.num_outputs, len(rows)))
        room, place = room_for(self.compiled.leaf_bytes.column.size, len(rows))
        evaluate(self.compiled, columns, len(rows), outputs, room, place)
        return outputs.T

    def _compile(self) -> CompiledTrees:
        for count in (self.num_features, self.num_outputs):
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise InputError("trees", f"{count!r} is no number of features or outputs")
        if any(getattr(self, name).ndim != 1 for name in _ROWS):
            raise InputError("trees", "an array is no row of numbers")
        total = int(self.num_nodes.sum()) if self.num_nodes.size else 0
        sizes = {self.feature.size, self.threshold.size, self.left.size, self.right.size}
        if sizes != {total} or self.num_nodes.size != self.output.size:
            raise InputError("trees", "the arrays of their nodes differ in length")
        if np.any(self.num_nodes < 0) or self.value.size != total + self.num_nodes.size:
            raise InputError("trees", "there is not one leaf more than inner nodes in each")
        if np.any(self.num_nodes >= MOST_LEAVES):
            raise InputError(
                "trees", f"one has {int(self.num_nodes.max()) + 1} leaves", f"up to {MOST_LEAVES}"
            )
        for name, index, limit in (
            ("output", self.output, self.num_outputs),
            ("feature", self.feature, self.num_features),
        ):
            if index.size and not 0 <= index.min() <= index.max() < limit:
                raise InputError("trees", f"there is a number of no {name}", f"0 to {limit - 1}")
        if not all(np.all(np.isfinite(a)) for a in (self.threshold, self.value)):
            raise InputError("trees", "a number is not finite")
        if np.any(np.abs(self.value) > _LARGEST):
            raise InputError("trees", "the value of a leaf is far too large")
        starts = np.cumsum(self.num_nodes) - self.num_nodes
        held = np.maximum(self.num_nodes, 1)  # nodes with those of trees that have none
        trees = np.zeros(self.num_trees, TREE)
        trees["output"] = self.output
        trees["first_node"] = np.cumsum(held) - held
        trees["first_leaf"] = starts + np.arange(self.num_trees)
        trees["bytes"] = self.num_nodes // BYTES + 1
        nodes = np.zeros(int(held.sum()), NODE)
        nodes["low"] = nodes["high"] = -1
        cleared: list[int] = []
        for number, (tree, start) in enumerate(zip(trees, starts.tolist(), strict=True)):
            source = slice(start, start + int(self.num_nodes[number]))
            own = nodes[tree["first_node"] :][: self.num_nodes[number]]
            masks, order = _masks(self.left[source].tolist(), self.right[source].tolist())
            if order != list(range(len(order))):
                raise InputError("trees", f"the leaves of tree {number} are not in order")
            cleared += masks
            own["threshold"], own["feature"] = self.threshold[source], self.feature[source]
            own["low"], own["high"] = self.left[source], self.right[source]
        tests = LeafBytes.of(self.num_nodes.tolist(), self.feature, self.threshold, cleared)
        return CompiledTrees(trees, nodes, self.value, tests)


_Node = tuple[int, float, int, int]


def _nodes(root: Mapping[str, Any]) -> tuple[list[_Node], list[float]]:
    """Inner nodes, the root first, and leaves from left to right of one tree of LightGBM."""
    nodes: list[_Node] = []
    leaves: list[float] = []

    def add(part: Mapping[str, Any]) -> int:
        if "leaf_value" in part:
            leaves.append(float(part["leaf_value"]))
            return -len(leaves)
        if part["decision_type"] != "<=":
            raise InputError("trees", f"a condition {part['decision_type']!r}", "only <=")
        number = len(nodes)
        nodes.append((0, 0.0, 0, 0))
        left = add(part["left_child"])
        right = add(part["right_child"])
        nodes[number] = (int(part["split_feature"]), float(part["threshold"]), left, right)
        return number

    add(root)
    return nodes, leaves


def _masks(left: list[int], right: list[int]) -> tuple[list[int], list[int]]:
    """For each node the bits of its left subtree's leaves; and the leaves from left to right.

    Raises
    ------
    InputError
        If the children do not form one tree.
    """
    num_nodes = len(left)
    masks = [0] * num_nodes
    order: list[int] = []
    seen: set[int] = set()

    def visit(child: int) -> int:
        if child < 0:
            leaf = -1 - child
            if leaf > num_nodes:
                raise InputError("trees", f"{leaf} is the number of no leaf")
            order.append(leaf)
            return 1 << leaf
        if child >= num_nodes or child in seen:
            raise InputError("trees", f"node {child} does not exist, or has two parents")
        seen.add(child)
        bits = visit(left[child])
        masks[child] = bits
        return bits | visit(right[child])

    visit(0 if num_nodes else -1)
    if len(seen) != num_nodes or len(order) != num_nodes + 1:
        raise InputError("trees", "a node cannot be reached")
    return masks, order
