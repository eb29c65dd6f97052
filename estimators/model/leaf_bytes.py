"""Regression trees as tests of bytes, for `estimators.model.byte_evaluation`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BYTES", "COLUMN", "LOWEST", "MOST_THRESHOLDS", "TEST", "TOGETHER", "TREE", "LeafBytes"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BYTES = 8
"""Bytes of a tree's leaves, each of which is a bit."""

MOST_THRESHOLDS = 255
"""Thresholds that a code counts; a feature with more of them has several columns of codes."""

LOWEST = -128
"""Code of a value that exceeds no threshold."""

TOGETHER = 4
"""Tests of a byte that are done together; their number is a multiple of it."""

TREE = np.dtype([("output", "i8"), ("first_node", "i8"), ("first_leaf", "i8"), ("bytes", "i8")])
"""Output that a tree adds to, its root, its first leaf, and how many bytes of leaves it has."""

COLUMN = np.dtype([("feature", "i8"), ("first", "i8"), ("steps", "i8")])
TEST = np.dtype([("column", "u4"), ("above", "i1"), ("keep", "i1")], align=True)
"""Records of `LeafBytes`."""


class LeafBytes(NamedTuple):
    """Trees as `estimators.model.byte_evaluation.add_leaves` takes them.

    Parameters
    ----------
    column : ndarray of COLUMN, of shape (columns,)
        Feature of a column of codes, its first threshold, and k where there are 2^k - 1 of them:
        they are filled up with infinite ones.
    threshold : ndarray of shape (thresholds,)
        Thresholds, column after column, in increasing order.
    test : ndarray of TEST, of shape (tests,)
        Column of a node, the code that rows go left below, and the bits of a byte that stay when
        a row goes right.
    start : ndarray of shape (trees, BYTES + 1)
        First test of each byte of a tree, and the one after its last.
    """

    column: NDArray[np.void]
    threshold: FloatArray
    test: NDArray[np.void]
    start: IntArray

    @classmethod
    def of(
        cls,
        num_nodes: Sequence[int],
        feature: IntArray,
        threshold: FloatArray,
        masks: Sequence[int],
    ) -> LeafBytes:
        """Arrays of trees.

        Parameters
        ----------
        num_nodes : sequence of int
            Of each tree.
        feature, threshold : ndarray of shape (nodes,)
        masks : sequence of int
            Bits of the leaves of each node's left subtree.
        """
        columns, thresholds, column, code = _coded(feature, threshold)
        tests: list[tuple[int, int, int]] = []
        start = np.zeros((len(num_nodes), BYTES + 1), np.int64)
        first = 0
        for tree, number in enumerate(num_nodes):
            own = range(first, first + number)
            first += number
            for byte in range(BYTES):
                start[tree, byte] = len(tests)
                tests += _tests_of_byte(own, byte, column, code, masks)
            start[tree, BYTES] = len(tests)
        return cls(columns, thresholds, np.array(tests, TEST), start)


def _coded(
    feature: IntArray, threshold: FloatArray
) -> tuple[NDArray[np.void], FloatArray, IntArray, IntArray]:
    """Columns, their thresholds, and for each node its column and its threshold's place there."""
    column, code = np.zeros(feature.size, np.int64), np.zeros(feature.size, np.int64)
    columns: list[tuple[int, int, int]] = []
    parts: list[FloatArray] = [np.empty(0)]
    first = 0
    for number in np.unique(feature).tolist():
        nodes = np.flatnonzero(feature == number)
        known, place = np.unique(threshold[nodes], return_inverse=True)
        column[nodes] = len(columns) + place // MOST_THRESHOLDS
        code[nodes] = place % MOST_THRESHOLDS
        for k in range(0, known.size, MOST_THRESHOLDS):
            part = known[k : k + MOST_THRESHOLDS]
            steps = int(part.size).bit_length()
            filled = np.full(2**steps - 1, np.inf)
            filled[: part.size] = part
            columns.append((number, first, steps))
            parts.append(filled)
            first += filled.size
    return np.array(columns, COLUMN), np.concatenate(parts), column, code


def _tests_of_byte(
    nodes: range, byte: int, column: IntArray, code: IntArray, masks: Sequence[int]
) -> Iterator[tuple[int, int, int]]:
    """Those of the nodes that clear bits of a byte, filled up with some that keep all."""
    number = 0
    for node in nodes:
        if clears := (masks[node] >> (8 * byte)) & 255:
            number += 1
            yield int(column[node]), int(code[node]) + 1 + LOWEST, _signed(255 - clears)
    for _ in range(-number % TOGETHER):
        yield 0, LOWEST + MOST_THRESHOLDS, _signed(255)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
