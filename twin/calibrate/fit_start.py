"""Where a fit starts: the priors, or where the closed-loop runs alone lead from them.

Derivatives lead nowhere from costs that are a hundred times too small: no figure feels them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.calibrate.fit_problem import FitProblem, FloatArray
from twin.calibrate.items import Item
from twin.calibrate.terms import Term
from twin.gpu.profile import ServingProfile

__all__ = ["scaled_priors", "start_from_steps"]

_FACTORS = np.log(2.0) * np.arange(-6, 7)
_ROUNDS = 6
_HELPS = 0.98  # of the misfit that is left, if a factor is taken
_ITERATIONS = 30


def scaled_priors(problem: FitProblem) -> FloatArray:
    """The priors, all multiplied by the factor that fits best, as another machine would be.

    Only a factor that halves the misfit is taken.
    """
    points = [np.full(problem.size, factor) for factor in _FACTORS]
    costs = problem.misfits(points)
    middle, best = len(points) // 2, int(np.argmin(costs))
    return points[best if costs[best] < costs[middle] / 2 else middle]


def start_from_steps(
    profile: ServingProfile, terms: Sequence[Term], items: Sequence[Item], doubt: float
) -> FloatArray:
    """Where single steps lead to, for an engine that is far from all that were measured.

    Each figure of a closed-loop run is one kind of step, where those of an open-loop run are a
    whole trajectory, so that they lead further. The priors are multiplied by powers of 2, by one
    for all, then each term by its own; least squares do the rest.

    Parameters
    ----------
    profile, terms, doubt
        As for `twin.calibrate.cost_fit.fit_costs`.
    items : sequence of Item
        Closed-loop runs and loads.

    Returns
    -------
    ndarray of shape (terms,)
        Logarithms of the terms over their priors.
    """
    from scipy.optimize import least_squares  # which takes long to import

    problem = FitProblem(profile, terms, items, doubt)
    solution = least_squares(
        problem.residuals,
        _stepwise(problem),
        jac=problem.derivatives,
        bounds=(-problem.furthest, problem.furthest),
        max_nfev=_ITERATIONS,
        xtol=1e-3,
        ftol=1e-3,
    )
    return np.asarray(solution.x, np.float64)


def _stepwise(problem: FitProblem) -> FloatArray:
    """A factor is taken if misfit and distance from the prior together shrink."""
    point = np.zeros(problem.size)
    cost = _costs(problem, [point])[0]
    directions = [np.ones(problem.size), *np.eye(problem.size)]
    for _ in range(_ROUNDS):
        before = cost
        for direction in directions:
            points = [problem.clipped(point + factor * direction) for factor in _FACTORS]
            costs = _costs(problem, points)
            best = int(np.argmin(costs))
            if costs[best] < _HELPS * cost:
                point, cost = points[best], costs[best]
        if cost == before:
            break
    return point


def _costs(problem: FitProblem, points: list[FloatArray]) -> FloatArray:
    distances = [np.sum(np.abs(point / problem.spreads)) for point in points]
    return np.add(problem.misfits(points), distances)
