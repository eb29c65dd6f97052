"""Groups of kinds: items that are alike enough to be counted together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.gpu.items import Item

__all__ = ["Kind", "group_kinds"]

Kind = tuple[int, float]


def group_kinds(items: Sequence[Item], weights: NDArray[np.float64], most: int) -> dict[Kind, int]:
    """Number of the group of each kind; a group for each kind where there are few.

    Else kinds of equal rank are grouped by weight, each group with about as many items.

    Parameters
    ----------
    items : sequence of Item
    weights : (n,) array
        What each item takes of a GPU.
    most : int
        Groups that there may be, about.
    """
    kinds = sorted({item.kind for item in items})
    if len(kinds) <= most:
        return {kind: number for number, kind in enumerate(kinds)}
    order = sorted(range(len(items)), key=lambda i: (items[i].rank, -weights[i], items[i].kind))
    size = len(items) / most
    groups: dict[Kind, int] = {}
    number, filled, rank = -1, 0.0, 0
    for i in order:
        item = items[i]
        if item.rank != rank or (filled >= size and item.kind not in groups):
            number, filled, rank = number + 1, 0.0, item.rank
        groups.setdefault(item.kind, number)
        filled += 1
    return groups
