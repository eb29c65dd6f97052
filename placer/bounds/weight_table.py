"""Weight table: what every item takes of every kind of engine, to judge GPUs without estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.bounds.envelope import Engine, Envelope
from placer.gpu.items import Item

__all__ = ["WeightTable", "utilization"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def utilization(figures: FloatArray) -> FloatArray:
    """Share of an engine that items take, at most 1 where it is likely admissible.

    With traffic l, weight w and crowd q summed over the items it is l (1 - w + q). For equal items
    this is w. For a mix it is larger, since a busy item keeps the engine busy for longer while
    many rare ones make its steps long: if a GPU serves 1 / (a + b n) requests/s of n adapters, it
    is the share of its time that it needs for the mix.

    Parameters
    ----------
    figures : (..., 3) array
        Sums of traffic, weight and crowd; see `Envelope.figures`.
    """
    traffic, weight, crowd = (figures[..., column] for column in range(3))
    used: FloatArray = traffic * (1 - weight + crowd)
    return used


class WeightTable:
    """Traffic, weight and crowd of items on engines.

    Parameters
    ----------
    envelope : Envelope
    items : sequence of Item

    Attributes
    ----------
    items : tuple of Item
    figures : dict of (str, int) to (n, 3) array
        For each kind of engine; infinite where an item may not be on it.
    """

    def __init__(self, envelope: Envelope, items: Sequence[Item]) -> None:
        self.items = tuple(items)
        members = [
            (index, envelope.position[adapter.name], item.share)
            for index, item in enumerate(items)
            for adapter in item.adapters
        ]
        index, positions, shares = (np.array(column) for column in zip(*members, strict=True))
        self.figures: dict[Engine, FloatArray] = {}
        for engine in envelope.engines:
            columns = envelope.figures(engine, positions, shares.astype(float))
            self.figures[engine] = np.stack(
                [np.bincount(index, column, len(self.items)) for column in columns], axis=1
            )

    def allowed(self, engine: Engine) -> NDArray[np.bool_]:
        """Which items may be on an engine."""
        allowed: NDArray[np.bool_] = np.isfinite(self.figures[engine][:, 1])
        return allowed
