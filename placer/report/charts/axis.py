"""Axis: a range of values with round ticks, linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

__all__ = ["Axis"]

_ROUND: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0)
_INTERVALS = 5  # between ticks, at most
_DECADES = 1.7  # of a logarithmic axis, up to which 2 and 5 have ticks too
_FEW_DECADES = 0.8  # up to which there are more ticks
_FINE: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a chart.

    Parameters
    ----------
    label : str
        What it shows, with the unit.
    low, high : float
        Ends of the axis, ``low < high``; above 0 where it is logarithmic.
    log : bool
        Whether it is logarithmic.
    whole : bool
        Whether its values are whole numbers, so that ticks are.
    """

    label: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    @classmethod
    def around(
        cls,
        label: str,
        values: Iterable[float],
        *,
        log: bool = False,
        whole: bool = False,
        zero: bool = False,
    ) -> Self:
        """Axis with round ends that holds all values.

        Parameters
        ----------
        label, log, whole
            As for the class.
        values : iterable of float
            What it has to hold; what is no finite number (or, on a logarithmic axis, not
            positive) is left out.
        zero : bool
            Begin a linear axis at 0.
        """
        known = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
        low, high = (min(known), max(known)) if known else (1.0, 10.0)
        if log:
            return cls(label, _round_down(low), _round_up(high), log, whole)
        low = min(0.0, low) if zero else low
        if high <= low:
            high = low + max(1.0, abs(low) / 10)
        step = _step(low, high, whole)
        low, high = math.floor(low / step + _NEARLY), math.ceil(high / step - _NEARLY)
        return cls(label, low * step, high * step, log, whole)

    def place(self, value: float) -> float:
        """Where a value is, from 0 at the low end to 1 at the high end; never beyond the ends."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round values along the axis, ascending."""
        if not self.log:
            step = _step(self.low, self.high, self.whole)
            first = math.ceil(self.low / step - _NEARLY)
            last = math.floor(self.high / step + _NEARLY)
            return tuple(k * step for k in range(first, last + 1))
        decades = math.log10(self.high / self.low)
        factors = _ROUND[:3] if decades <= _DECADES else _ROUND[:1]
        factors = _FINE if decades <= _FEW_DECADES else factors
        exponents = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        ticks = (factor * 10.0**exponent for exponent in exponents for factor in factors)
        return tuple(
            t for t in ticks if self.low * (1 - _NEARLY) <= t <= self.high * (1 + _NEARLY)
        )

    @staticmethod
    def text(value: float) -> str:
        """A tick in words."""
        return f"{value:,.10g}"


def _step(low: float, high: float, whole: bool) -> float:
    """Round distance of at most so many ticks."""
    least = (high - low) / _INTERVALS
    unit = 10.0 ** math.floor(math.log10(least))
    step = next(unit * factor for factor in _ROUND if unit * factor >= least * (1 - _NEARLY))
    return max(1.0, step) if whole else step


def _round_up(value: float) -> float:
    unit = 10.0 ** math.floor(math.log10(value))
    return next(unit * factor for factor in _ROUND if unit * factor >= value * (1 - _NEARLY))


def _round_down(value: float) -> float:
    unit = 10.0 ** math.floor(math.log10(value))
    lower = max(unit * factor for factor in _ROUND[:3] if unit * factor <= value * (1 + _NEARLY))
    return lower if lower < value * (1 - _NEARLY) else lower / 2
