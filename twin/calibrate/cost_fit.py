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

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from twin.calibrate.fit_problem import FitProblem, FloatArray
from twin.calibrate.fit_start import scaled_priors
from twin.calibrate.items import Item
from twin.calibrate.terms import Term, term_value
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["CostFit", "fit_costs"]

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
    doubt: float = 0.0,
    first: FloatArray | None = None,
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
    doubt : float
        Standard deviation of the logarithm of every term that comes on top of its own spread, as
        the engine is not like the one that the priors are from.
    first : ndarray of shape (terms,) or None
        Logarithms of the terms over their priors to start from; None: the priors, scaled.
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
    problem = FitProblem(profile, terms, items, doubt)
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
            scaled_priors(problem) if first is None else first,
            jac=derivatives,
            bounds=(-problem.furthest, problem.furthest),
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
