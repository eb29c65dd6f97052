"""Groups of classes of items that are alike enough to be counted together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.gpu.items import Item, ItemClass

__all__ = ["group_classes"]


def group_classes(
    items: Sequence[Item], weights: NDArray[np.float64], most: int
) -> dict[ItemClass, int]:
    """Number of the group of each class; a group for each class where there are few.

    Else classes of equal rank are grouped by weight, each group with about as many items.

    Parameters
    ----------
    items : sequence of Item
    weights : (n,) array
        What each item takes of a GPU.
    most : int
        Groups that there may be, about.
    """
    classes = sorted({item.item_class for item in items})
    if len(classes) <= most:
        return {own: number for number, own in enumerate(classes)}

    def alike(i: int) -> tuple[int, float, ItemClass]:
        return items[i].rank, -weights[i], items[i].item_class

    order = sorted(range(len(items)), key=alike)
    size = len(items) / most
    groups: dict[ItemClass, int] = {}
    number, filled, rank = -1, 0.0, -1
    for i in order:
        item = items[i]
        if item.rank != rank or (filled >= size and item.item_class not in groups):
            number, filled, rank = number + 1, 0.0, item.rank
        groups.setdefault(item.item_class, number)
        filled += 1
    return groups
