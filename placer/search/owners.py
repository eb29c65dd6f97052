"""Items by the GPU that they are on: what moves and swaps look at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from placer.gpu.items import Item, compatible
from placer.problem.problem import Problem

__all__ = ["class_numbers", "contents_of", "examples", "may_join"]

IntArray = NDArray[np.int64]

_EXAMPLES = 48  # items of a GPU that are looked at in a step


def class_numbers(items: Sequence[Item]) -> IntArray:
    """Number of each item's class, of shape (n,)."""
    numbers = {c: i for i, c in enumerate(sorted({item.item_class for item in items}))}
    return np.array([numbers[item.item_class] for item in items])


def contents_of(owner: IntArray, num_gpus: int) -> list[IntArray]:
    """Numbers of the items on each GPU, ascending.

    Parameters
    ----------
    owner : (n,) array of int
        GPU of each item, -1 for none.
    num_gpus : int
    """
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(num_gpus + 1)).tolist()
    return [order[a:b] for a, b in pairwise(bounds)]


def examples(held: IntArray, classes: IntArray) -> IntArray:
    """Items of a GPU of which no two are alike, no more than are worth looking at.

    Parameters
    ----------
    held : (k,) array of int
        Items on the GPU.
    classes : (n,) array of int
        Number of the class of each item.
    """
    _, first = np.unique(classes[held], return_index=True)
    chosen = held[np.sort(first)]
    if chosen.size > _EXAMPLES:
        chosen = chosen[np.linspace(0, chosen.size - 1, _EXAMPLES).astype(int)]
    return chosen


def may_join(
    problem: Problem,
    items: Sequence[Item],
    owner: IntArray,
    gpu: int,
    item: int,
    instead_of: int | None,
) -> bool:
    """Whether the rules let an item join a GPU, which another one leaves for it.

    Parameters
    ----------
    problem : Problem
    items : sequence of Item
    owner : (n,) array of int
        GPU of each item.
    gpu, item : int
    instead_of : int or None
        Number of the item that leaves.
    """
    if not problem.rules:
        return True
    held = [items[i] for i in np.flatnonzero(owner == gpu).tolist() if i != instead_of]
    return bool(compatible(problem, [items[item]], held))
