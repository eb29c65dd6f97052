"""Evaluation of regression trees for many rows at once, compiled.

It is that of RapidScorer (Ye et al., CIKM 2018). A tree's leaves are bits, eight to a byte; every
node whose condition a row does not meet clears the bits of its left subtree; the lowest bit left
is the row's leaf. Values are compared as codes of one byte, how many thresholds of the feature
they exceed, so that one instruction compares 32 rows, and nodes touch those bytes alone in which
they clear something.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from estimators.model.leaf_bytes import BYTES, LOWEST, TOGETHER, LeafBytes
from twin.compiled import compiled, inlined

__all__ = ["add_leaves", "room_for"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.int8]

_ROWS = 64  # rows are filled up to a multiple of it: parts of vectors would be done one by one
_U = np.uint64  # places that are known not to count from the end
_ZERO, _ONE, _TWO, _FOUR, _ALL = (np.int8(k) for k in (0, 1, 2, 4, -1))
_FIRSTS, _FIRST_PAIRS, _FIRST_HALF = (np.int8(k) for k in (0b01010101, 0b00110011, 0b00001111))


@inlined
def _filled(rows: int) -> int:
    return (rows + _ROWS - 1) // _ROWS * _ROWS


@compiled
def room_for(columns: int, rows: int) -> tuple[ByteArray, IntArray]:
    """Room for the intermediate results of `add_leaves`: columns of codes, rows to evaluate."""
    return np.empty((columns + BYTES + 1) * _filled(rows), np.int8), np.empty(rows, np.int64)


@inlined
def add_leaves(
    trees: LeafBytes,
    tree: NDArray[np.void],
    value: FloatArray,
    columns: FloatArray,
    n: int,
    outputs: FloatArray,
    room: ByteArray,
    place: IntArray,
) -> None:
    """Add the leaves of rows to outputs.

    Parameters
    ----------
    trees : LeafBytes
    tree : ndarray of TREE, of shape (trees,)
    value : ndarray of shape (leaves,)
    columns : ndarray of shape (num_features, m)
        Values, one row for each feature.
    n : int
        Rows to evaluate, the first ones of m.
    outputs : ndarray of shape (num_outputs, m)
    room, place : ndarray
        See `room_for`.
    """
    wide = _U(_filled(n))
    for k in range(trees.column.size):
        _write_codes(trees, k, columns, n, room, _U(k) * wide, place)
    bits = _U(trees.column.size) * wide
    leaf = bits + _U(BYTES) * wide
    for number in range(tree.size):
        one = tree[number]
        for byte in range(one.bytes):
            row = bits + _U(byte) * wide
            room[row : row + wide] = -1
            first, last = trees.start[number, byte], trees.start[number, byte + 1]
            _clear(trees, _U(first), _U(last), room, row, wide)
        _write_lowest(room, bits, leaf, wide)
        sums, before = outputs[one.output], one.first_leaf
        for i in range(_U(n)):
            sums[i] += value[_U(before + room[leaf + i])]


@inlined
def _write_codes(
    trees: LeafBytes,
    k: int,
    columns: FloatArray,
    n: int,
    room: ByteArray,
    codes: np.uint64,
    place: IntArray,
) -> None:
    """Count the thresholds that values of a column exceed, by halving."""
    column = trees.column[k]
    values = columns[column.feature]
    before = column.first - 1
    for i in range(n):
        place[i] = before
    half = 1 << column.steps
    for _ in range(column.steps):
        half >>= 1
        for i in range(n):
            known = place[i]
            more = half if values[i] > trees.threshold[_U(known + half)] else 0
            place[i] = known + more
    for i in range(n):
        room[codes + _U(i)] = np.int8(place[i] - before + LOWEST)


@inlined
def _clear(
    trees: LeafBytes,
    first: np.uint64,
    last: np.uint64,
    room: ByteArray,
    row: np.uint64,
    wide: np.uint64,
) -> None:
    """Clear the bits of a byte that rows cannot reach."""
    for k in range(first, last, _U(TOGETHER)):
        a, b = trees.test[k], trees.test[k + _U(1)]
        c, d = trees.test[k + _U(2)], trees.test[k + _U(3)]
        xa, xb, xc, xd = a.column * wide, b.column * wide, c.column * wide, d.column * wide
        keep_a, keep_b, keep_c, keep_d = a.keep, b.keep, c.keep, d.keep
        above_a, above_b, above_c, above_d = a.above, b.above, c.above, d.above
        for i in range(wide):
            room[row + i] &= (
                (_ALL if room[xa + i] < above_a else keep_a)
                & (_ALL if room[xb + i] < above_b else keep_b)
                & (_ALL if room[xc + i] < above_c else keep_c)
                & (_ALL if room[xd + i] < above_d else keep_d)
            )


@inlined
def _write_lowest(room: ByteArray, bits: np.uint64, leaf: np.uint64, wide: np.uint64) -> None:
    """Number of the lowest bit of each row that is left."""
    for i in range(wide):
        lowest, below = _ZERO, _ZERO
        for byte in range(BYTES - 1, -1, -1):
            found = room[bits + _U(byte) * wide + i]
            lowest = found if found != _ZERO else lowest
            below = np.int8(8 * byte) if found != _ZERO else below
        lowest = np.int8(lowest & -lowest)
        below += _ZERO if lowest & _FIRSTS else _ONE
        below += _ZERO if lowest & _FIRST_PAIRS else _TWO
        below += _ZERO if lowest & _FIRST_HALF else _FOUR
        room[leaf + i] = below
