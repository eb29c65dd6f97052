"""Problem of a fit: how far the figures that costs give are from the measured ones."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.items import Item
from twin.calibrate.terms import Term, term_value
from twin.gpu.profile import ServingProfile

__all__ = ["FitProblem", "FloatArray"]

FloatArray = NDArray[np.float64]

_DIFFERENCE = 0.06  # step of the derivatives, of the logarithm of a term
_FURTHEST = 4.0  # of the logarithm of a term from its prior, without doubt


class FitProblem:
    """Residuals and their derivatives; a point holds the logarithms of terms over their priors.

    Parameters
    ----------
    profile : ServingProfile
        Its own values of the terms are the prior where they are positive, else their typical size.
    terms : sequence of Term
        What is fitted.
    items : sequence of Item
        What was measured.
    doubt : float
        Standard deviation of the logarithm of every term that comes on top of its own spread.
    """

    def __init__(
        self,
        profile: ServingProfile,
        terms: Sequence[Term],
        items: Sequence[Item],
        doubt: float = 0.0,
    ) -> None:
        self._profile = profile
        self._terms = terms
        self._items = items
        known = [term_value(profile, term) for term in terms]
        self._prior = [v if v > 0 else t.typical for v, t in zip(known, terms, strict=True)]
        self.spreads = np.hypot([term.spread for term in terms], doubt)
        self.furthest = _FURTHEST + doubt
        self._memo: tuple[bytes, FloatArray] = (b"", np.empty(0))
        self._workers = len(os.sched_getaffinity(0))

    def data(self, point: FloatArray) -> FloatArray:
        """Residuals of what was measured."""
        key = point.tobytes()
        if self._memo[0] != key:
            self._memo = (key, self._at([point])[0])
        return self._memo[1]

    def residuals(self, point: FloatArray) -> FloatArray:
        """Those of what was measured, and of the priors."""
        return np.concatenate([self.data(point), point / self.spreads])

    def derivatives(self, point: FloatArray) -> FloatArray:
        """Differences (n, terms), forward; all simulations of all terms share the threads."""
        moved = point + _DIFFERENCE * np.eye(point.size)
        base = self.data(point)
        columns = [(r - base) / _DIFFERENCE for r in self._at(list(moved))]
        return np.concatenate([np.stack(columns, axis=1), np.diag(1 / self.spreads)])

    @property
    def size(self) -> int:
        """Number of terms."""
        return len(self._terms)

    def clipped(self, point: FloatArray) -> FloatArray:
        """The point, no term of which is further from its prior than it may be."""
        return np.clip(point, -self.furthest, self.furthest)

    def misfits(self, points: Sequence[FloatArray]) -> FloatArray:
        """Sums of absolute residuals of what was measured, none counted as more than 30."""
        return np.array([np.sum(np.abs(np.clip(r, -30, 30))) for r in self._at(points)])

    def profile_at(self, point: FloatArray, digits: int = 17) -> ServingProfile:
        """Profile with the terms of a point."""
        parts: dict[str, dict[str, float]] = {}
        for term, prior, log in zip(self._terms, self._prior, point, strict=True):
            value = float(f"{prior * math.exp(log):.{digits}g}")
            parts.setdefault(term.part, {})[term.name] = value
        changed: dict[str, Any] = {
            part: replace(getattr(self._profile, part), **changes)
            for part, changes in parts.items()
        }
        return replace(self._profile, **changed)

    def _at(self, points: Sequence[FloatArray]) -> list[FloatArray]:
        profiles = [self.profile_at(point) for point in points]
        jobs = [(profile, item) for profile in profiles for item in self._items]
        with ThreadPoolExecutor(self._workers) as pool:
            parts = list(pool.map(lambda job: job[1].residuals(job[0]), jobs))
        count = len(self._items)
        return [
            np.array([r for part in parts[k * count : (k + 1) * count] for r in part])
            for k in range(len(points))
        ]
