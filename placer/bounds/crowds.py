"""Crowds: of all sets of adapters with some traffic, those that an engine serves most easily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.workload.adapter import Adapter
from twin.workload.arrivals import PoissonArrivals

__all__ = ["Box", "Crowds"]

FloatArray = NDArray[np.float64]

_EXACT = 1e-9
_NUMBERS, _TRAFFIC = (0.5, 0.75, 1.0), (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Box:
    """Engines with some number of adapters and some traffic.

    Parameters
    ----------
    fewest, most : int
        Adapters, both included.
    low, high : float
        Requests/s.
    """

    fewest: int
    most: int
    low: float
    high: float

    def halves(self, adapters: float, traffic: float) -> list[Box]:
        """The box, cut into two or four at or near a point inside of it."""
        number = int(min(max(adapters, self.fewest + 1), self.most))
        rate = min(max(traffic, 0.75 * self.low + 0.25 * self.high), self.high)
        columns = [(self.fewest, number - 1), (number, self.most)]
        rows = [(self.low, rate), (rate, self.high)]
        return [
            Box(*column, *row)
            for column in (columns if number > self.fewest else [(self.fewest, self.most)])
            for row in (rows if rate < self.high * (1 - _EXACT) else [(self.low, self.high)])
        ]


class Crowds:
    """Sets of adapters of equal lengths, by their number and traffic.

    Of n adapters with some traffic, an engine serves those most easily whose rates differ most, of
    the smallest rank and with the most regular arrivals: as many of the busiest as the traffic
    allows, and rare ones. The more the rates differ, the fewer adapters are in a batch together.

    Parameters
    ----------
    adapters : sequence of Adapter
        Of equal lengths, none of them the base model.
    least : float
        Share of an adapter's requests that are with it on an engine at least.
    """

    def __init__(self, adapters: Sequence[Adapter], least: float) -> None:
        self.rates: FloatArray = -np.sort(-np.array([adapter.rate for adapter in adapters]))
        regular = min(adapters, key=lambda a: a.arrivals.cv).arrivals
        smallest = min(adapters, key=lambda a: (a.rank, a.name))
        self._leader = replace(smallest, arrivals=regular if regular.cv < 1 else PoissonArrivals())
        self._top = np.append(0.0, np.cumsum(self.rates))
        self._rare = least * np.append(0.0, np.cumsum(self.rates[::-1]))

    @property
    def whole(self) -> Box:
        """All sets."""
        return Box(1, self.rates.size, 0.0, float(self._top[-1]))

    def points(self) -> list[tuple[int, float]]:
        """Some numbers of adapters with much traffic, where a figure may be smaller again."""
        total, size = float(self._top[-1]), self.rates.size
        numbers = sorted({max(1, round(size * part)) for part in _NUMBERS})
        return [
            (number, total * part)
            for number in numbers
            for part in _TRAFFIC
            if self._rare[number] <= total * part <= self._top[number] * (1 + _EXACT)
        ]

    def shrunk(self, box: Box) -> Box | None:
        """The smallest box with all sets of this one; None where there are none."""
        low = max(box.low, float(self._rare[box.fewest]))
        high = min(box.high, float(self._top[box.most]))
        fewest = int(np.searchsorted(self._top, low * (1 - _EXACT)))
        most = int(np.searchsorted(self._rare, high * (1 + _EXACT), side="right")) - 1
        found = Box(max(1, box.fewest, fewest), min(box.most, most), low, high)
        empty = found.fewest > found.most or low > high * (1 + _EXACT)
        return None if empty else found

    def easiest(self, number: int, traffic: float) -> tuple[Adapter, ...]:
        """So many adapters with so much traffic, of those that there may be."""
        busiest = np.arange(number + 1)
        sums = self._top[busiest] + self._rare[number - busiest]
        count = int(np.searchsorted(sums, traffic * (1 + _EXACT), side="right")) - 1
        rates = np.concatenate(
            [self.rates[:count], np.diff(self._rare[: number - count + 1])[::-1]]
        )
        if 0 <= count < number:
            rates[count] += max(0.0, traffic - float(sums[count]))
        return tuple(
            replace(self._leader, name=f"{i:05d}", rate=rate)
            for i, rate in enumerate(rates.tolist())
        )
