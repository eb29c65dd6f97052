"""Capacity curves: what an engine serves of many equal adapters, by their rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CapacityCurve"]

FloatArray = NDArray[np.float64]

_SCATTER = 0.05  # of a capacity, relative


@dataclass(frozen=True, slots=True)
class CapacityCurve:
    """Total request rate from which an engine full of equal adapters is not admissible.

    Between the numbers that were measured, capacity is interpolated in the logarithm of the rate
    of one adapter; outside it is that of the nearest number.

    Parameters
    ----------
    numbers : tuple of int
        Adapters on the engine, ascending.
    capacities : tuple of float
        Request rate in requests/s of all of them together, for each number; 0 where so many cannot
        be served at all.

    Raises
    ------
    ValueError
        If there is no number, or not as many capacities.
    """

    numbers: tuple[int, ...]
    capacities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.numbers or len(self.numbers) != len(self.capacities):
            raise ValueError(f"{len(self.capacities)} capacities of {len(self.numbers)} numbers.")

    @property
    def highest(self) -> float:
        """Requests/s of as few adapters as were measured, the largest capacity of all."""
        return max(self.capacities)

    @property
    def falls(self) -> bool:
        """Whether more adapters are never served better, but for the scatter of measurements."""
        best = np.maximum.accumulate(np.array(self.capacities)[::-1])[::-1]
        return bool(np.all(best <= np.array(self.capacities) * (1 + _SCATTER)))

    def capacity(self, rates: FloatArray) -> FloatArray:
        """Requests/s that a GPU serves of adapters with these rates each.

        It does not fall where the rate of one adapter rises, since then there are fewer of them:
        what was measured otherwise is scatter, and the larger figure is kept.

        Parameters
        ----------
        rates : (n,) array
            Requests/s of one adapter.
        """
        capacities = np.array(self.capacities)
        served = capacities > 0
        if not served.any():
            return np.zeros_like(rates)
        per_adapter = capacities[served] / np.array(self.numbers)[served]
        order = np.argsort(per_adapter, kind="stable")
        rising = np.maximum.accumulate(capacities[served][order])
        return np.interp(np.log(rates), np.log(per_adapter[order]), rising)

    def weight(self, rates: FloatArray) -> FloatArray:
        """Share of a GPU that an adapter of each rate takes among others of its kind.

        Infinite where a GPU serves none.

        Parameters
        ----------
        rates : (n,) array
            Requests/s of one adapter.
        """
        capacity = self.capacity(rates)
        with np.errstate(divide="ignore"):
            return np.where(capacity > 0, rates / capacity, np.inf)
