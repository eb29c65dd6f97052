"""Costs of an engine from measured runs: the most probable ones, through the simulation.

The twin replays every run; the coefficients are moved until its latencies and throughputs are the
measured ones. A run is a whole trajectory of the engine, so that a coefficient that lengthens
steps also lengthens queues: nothing is linear, and derivatives are differences of simulations
under the same requests.

Every coefficient starts from what is known without the runs, its prior, and has a spread around
it. One that the runs do not tell stays there with that spread; none is refused. The fit is
nonlinear least squares over the logarithms of the coefficients, the priors being further
residuals, so that its result is the maximum of the posterior density.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.items import Item
from twin.calibrate.terms import Term, term_value
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["CostFit", "fit_costs"]

FloatArray = NDArray[np.float64]

_DIFFERENCE = 0.06  # step of the derivatives, of the logarithm of a term
_FURTHEST = 4.0  # of the logarithm of a term from its prior
_TOLD = 0.5  # of its spread, below which the data tells a term


@dataclass(frozen=True, slots=True)
class CostFit:
    """Result of `fit_costs`.

    Parameters
    ----------
    profile : ServingProfile
        The given one with the fitted terms.
    standard_errors : dict of str to float
        Of the terms by ``part.name``, in seconds per unit.
    untold : tuple of Term
        Terms that the data hardly tells, which are what they were before.
    residuals : ndarray of shape (n,)
        In standard deviations, of all figures of all runs.
    num_items : int
        Runs and experiments that were used.
    """

    profile: ServingProfile
    standard_errors: dict[str, float]
    untold: tuple[Term, ...]
    residuals: FloatArray
    num_items: int

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, those beyond 5 counted as 5."""
        return float(np.sqrt(np.mean(np.square(np.clip(self.residuals, -5, 5)))))


def fit_costs(
    profile: ServingProfile,
    terms: Sequence[Term],
    items: Sequence[Item],
    *,
    max_iterations: int = 12,
    progress: Callable[[str], None] = lambda _: None,
) -> CostFit:
    """Fit terms of a profile.

    Parameters
    ----------
    profile : ServingProfile
        All but the fitted terms. Its own values of these are the prior where they are positive,
        else their typical size.
    terms : sequence of Term
        What to fit.
    items : sequence of Item
        What was measured.
    max_iterations : int
        Evaluations of all derivatives at most.
    progress : callable
        Told in a few words how far the fit is.

    Raises
    ------
    InputError
        If nothing was measured.
    """
    from scipy.optimize import least_squares  # which takes long to import

    if not items:
        raise InputError("runs", "none can be compared", "give runs with outcome ok")
    problem = _Problem(profile, terms, items)
    iterations = 0

    def derivatives(point: FloatArray) -> FloatArray:
        nonlocal iterations
        iterations += 1
        cost = float(np.sqrt(np.mean(np.square(np.clip(problem.data(point), -5, 5)))))
        progress(f"iteration {iterations}: {cost:.2f} standard deviations")
        return problem.derivatives(point)

    with np.errstate(all="ignore"):
        solution = least_squares(
            problem.residuals,
            problem.start(),
            jac=derivatives,
            bounds=(-_FURTHEST, _FURTHEST),
            loss="soft_l1",
            max_nfev=max_iterations,
            xtol=1e-3,
            ftol=1e-3,
        )
    point = np.asarray(solution.x, np.float64)
    sensitivity = problem.derivatives(point)
    spread = np.sqrt(np.diag(np.linalg.inv(sensitivity.T @ sensitivity)))
    fitted = problem.profile_at(point, digits=4)
    return CostFit(
        profile=fitted,
        standard_errors={
            term.key: term_value(fitted, term) * float(sd)
            for term, sd in zip(terms, spread, strict=True)
        },
        untold=tuple(
            term
            for term, sd, prior in zip(terms, spread, problem.spreads, strict=True)
            if sd > _TOLD * prior
        ),
        residuals=problem.data(point),
        num_items=len(items),
    )


class _Problem:
    """Residuals and their derivatives; a point holds the logarithms of terms over their priors."""

    def __init__(
        self, profile: ServingProfile, terms: Sequence[Term], items: Sequence[Item]
    ) -> None:
        self._profile = profile
        self._terms = terms
        self._items = items
        known = [term_value(profile, term) for term in terms]
        self._prior = [v if v > 0 else t.typical for v, t in zip(known, terms, strict=True)]
        self.spreads = np.array([term.spread for term in terms])
        self._memo: tuple[bytes, FloatArray] = (b"", np.empty(0))
        self._workers = len(os.sched_getaffinity(0))

    def start(self) -> FloatArray:
        """The priors, all multiplied by the factor that fits best, as another machine would be."""
        factors = np.log(2.0) * np.arange(-5, 6)
        points = [np.full(len(self._terms), factor) for factor in factors]
        costs = [float(np.sum(np.abs(np.clip(r, -30, 30)))) for r in self._at(points)]
        middle = len(factors) // 2
        best = int(np.argmin(costs))
        return points[best if costs[best] < costs[middle] / 2 else middle]

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
