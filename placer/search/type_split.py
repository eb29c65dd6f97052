"""Type split: which GPU type each item goes to, so that all GPUs are equally full."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from placer.bounds.weight_table import WeightTable

__all__ = ["split_by_type"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def split_by_type(table: WeightTable, counts: Mapping[str, int]) -> dict[str, IntArray] | None:
    """Items of each GPU type, such that the largest utilization of any type is smallest.

    A linear program over classes of items with equal weights; what it splits of a class is
    rounded to whole items.

    Parameters
    ----------
    table : WeightTable
    counts : mapping of str to int
        GPUs of each type, by profile.

    Returns
    -------
    dict of str to array of int, or None
        Numbers of the items in the table; None where an item may be on none of the GPUs.
    """
    names = [name for name, count in counts.items() if count > 0]
    if not names:
        return None
    weights = np.array(
        [
            np.min([f[:, 1] for (name, _), f in table.figures.items() if name == wanted], axis=0)
            for wanted in names
        ]
    )
    if not np.isfinite(weights).any(axis=0).all():
        return None
    if len(names) == 1:
        return {names[0]: np.arange(len(table.items))}
    columns, label = np.unique(weights, axis=1, return_inverse=True)
    label = label.reshape(-1)
    demand = np.bincount(label)
    parts = _parts(columns, demand, np.array([counts[name] for name in names]))
    chosen: dict[str, list[int]] = {name: [] for name in names}
    by_class = np.split(np.argsort(label, kind="stable"), np.cumsum(demand))
    for number, members in enumerate(by_class):
        if members.size:
            for position, whole in enumerate(_rounded(parts[:, number] * members.size)):
                chosen[names[position]] += members[:whole].tolist()
                members = members[whole:]
    return {name: np.array(sorted(items), dtype=np.int64) for name, items in chosen.items()}


def _parts(weights: FloatArray, demand: IntArray, counts: IntArray) -> FloatArray:
    """Share of each class on each type, (t, c)."""
    from scipy.optimize import linprog  # here: slow to import
    from scipy.sparse import coo_array

    num_types, num_classes = weights.shape
    at, label = np.nonzero(np.isfinite(weights))
    part = np.arange(at.size)
    shape = (num_classes, at.size + 1)
    covers = coo_array((np.ones(at.size), (label, part)), shape)
    # The traffic of a type relative to its GPUs is at most the last variable, which is minimized.
    entries = np.concatenate(
        [weights[at, label] * demand[label] / counts[at], -np.ones(num_types)]
    )
    rows = np.concatenate([at, np.arange(num_types)])
    columns = np.concatenate([part, np.full(num_types, at.size)])
    found = linprog(
        np.append(np.zeros(at.size), 1.0),
        A_ub=coo_array((entries, (rows, columns)), (num_types, at.size + 1)).tocsr(),
        b_ub=np.zeros(num_types),
        A_eq=covers.tocsr(),
        b_eq=np.ones(num_classes),
    )
    parts = np.zeros((num_types, num_classes))
    parts[at, label] = np.clip(found.x[:-1], 0.0, 1.0)
    return parts


def _rounded(amounts: FloatArray) -> list[int]:
    """Whole numbers with the same sum, by largest remainder."""
    whole = np.floor(amounts + 1e-9).astype(int)
    missing = round(float(amounts.sum())) - int(whole.sum())
    order = np.argsort(-(amounts - whole), kind="stable")
    whole[order[:missing]] += 1
    result: list[int] = whole.tolist()
    return result
