"""Brackets: where something changes, found in a few tries."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Bracket", "RealBracket", "ScatteredBracket"]

_NEAR = 0.985, 1.003  # numbers that are tried first, over a hint


@dataclass(slots=True)
class Bracket:
    """Two whole numbers between which something changes.

    Iterating gives the next number to try, and the loop sets the end that the answer moves. Whom
    it asks is its own business: a loop that yields runs in lockstep with others.

    >>> bracket = Bracket(0, 100, first=8)
    >>> for number in bracket:
    ...     if number**2 <= 500:
    ...         bracket.low = number
    ...     else:
    ...         bracket.high = number
    >>> bracket.low, bracket.high
    (22, 23)

    Parameters
    ----------
    low, high : int
        The change is above ``low``, and at or below ``high``; both are not tried.
    first : int or None
        Number to try first; from there it goes in steps, each twice as long as the one before,
        until the change is between two numbers. Then, or with None from the start, by halving.
    step : int
        Length of the first step.
    """

    low: int
    high: int
    first: int | None = None
    step: int = 1

    def __iter__(self) -> Iterator[int]:
        least, most, step = self.low, self.high, self.step
        number = self.first
        while self.high - self.low > 1:
            if number is None:
                number = (self.low + self.high) // 2
            yield min(max(number, self.low + 1), self.high - 1)
            number = None
            if self.first is not None and self.high == most:
                number = self.low + step
            elif self.first is not None and self.low == least:
                number = self.high - step
            step *= 2


@dataclass(slots=True)
class RealBracket:
    """Two numbers between which something changes; see `Bracket`.

    Parameters
    ----------
    low : float
        The change is above it.
    first : float
        Number to try first; from there it goes up in steps, each twice as long as the one before,
        until the change is below a number. Then by halving.
    step : float
        Length of the first step.
    tolerance : float
        Distance of the ends, relative to the upper one, at which it ends.

    Attributes
    ----------
    high : float
        The change is below it; infinite at first.
    """

    low: float
    first: float
    step: float
    tolerance: float
    high: float = math.inf

    def __iter__(self) -> Iterator[float]:
        number, step = self.first, self.step
        while self.low < self.high * (1 - self.tolerance):
            yield number
            if math.isinf(self.high):
                number = self.low + step
                step *= 2
            else:
                number = (self.low + self.high) / 2


@dataclass(slots=True)
class ScatteredBracket:
    """Where what is accepted ends, of answers that scatter: some numbers are tried together.

    Parameters
    ----------
    first : tuple of float
        Numbers to try first, ascending.
    ratios : tuple of float
        By which further ones lie above what was accepted, or below what was rejected, as long as
        it was all or nothing; ascending.
    parts : int
        Into which the rest is cut after that.

    Attributes
    ----------
    low, high : float
        The largest number that was accepted, 0 where none was, and the smallest above it that was
        rejected. What was accepted counts for more.
    """

    first: tuple[float, ...]
    ratios: tuple[float, ...]
    parts: int
    low: float = 0.0
    high: float = math.inf
    _hint: float = field(default=math.inf, init=False)

    def wanted(self) -> list[float]:
        """Numbers to try next, ascending."""
        hint, self._hint = self._hint, math.inf
        if near := [n * hint for n in _NEAR if self.low < n * hint < self.high]:
            return near
        if self.low and math.isfinite(self.high):
            ratio = (self.high / self.low) ** (1 / self.parts)
            return [self.low * ratio**part for part in range(1, self.parts)]
        if self.low:
            return [self.low * ratio for ratio in self.ratios]
        if math.isfinite(self.high):
            return [self.high / ratio for ratio in reversed(self.ratios)]
        return list(self.first)

    def narrow(self, number: float, accepted: bool, hint: float = math.inf) -> None:
        """Note an answer.

        Parameters
        ----------
        number : float
        accepted : bool
        hint : float
            Where the end seems to be, or just below, by an answer that rejects; two numbers there
            are tried next. None where it is the number itself.
        """
        if not accepted and hint < number * _NEAR[0]:
            self._hint = min(self._hint, hint)
        if accepted:
            self.low = max(self.low, number)
            if self.high <= self.low:
                self.high = math.inf
        elif number > self.low:
            self.high = min(self.high, number)
