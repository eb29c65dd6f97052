"""Costs of an engine from measured runs, by nonlinear least squares through the simulation.

The twin replays every run; the coefficients are moved until its latencies and throughputs are the
measured ones. A run is a whole trajectory of the engine, so that a coefficient that lengthens
steps also lengthens queues: nothing is linear, and derivatives are differences of simulations
under the same requests.
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

from twin.calibrate.terms import Term
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.measured.closed_loop import ClosedLoopRun, replay_closed_loop
from twin.measured.replay import simulate_run, ttft_as_measured
from twin.measured.run import MeasuredRun
from twin.measured.run_stream import sample_run
from twin.workload.workload import RequestStream

__all__ = ["CostFit", "fit_costs"]

FloatArray = NDArray[np.float64]

# Standard deviations of the logarithm of measured over simulated figures.
_TPOT_ERROR = 0.04
_THROUGHPUT_ERROR = 0.02
_TTFT_ERROR = 0.3
_CLOSED_LOOP_ERROR = 0.04
_MISSING = 3.0  # logarithm that stands for a figure that the simulation does not have

_DIFFERENCE = 0.1  # step of the derivatives, relative to a term's size
_LARGEST = 30.0  # terms are at most so many times their typical size
_WEAK = 1e-3  # sensitivity, in standard deviations per typical size, below which data is silent
_ALIKE = 0.1  # singular value of the normalized sensitivities below which terms are alike


@dataclass(frozen=True, slots=True)
class CostFit:
    """Result of `fit_costs`.

    Parameters
    ----------
    profile : ServingProfile
        The given one with the fitted terms.
    standard_errors : dict of str to float
        Of the fitted terms by ``part.name``, in seconds per unit.
    residuals : ndarray of shape (n,)
        In standard deviations, of all figures of all runs.
    num_runs : int
        Runs that were used.
    """

    profile: ServingProfile
    standard_errors: dict[str, float]
    residuals: FloatArray
    num_runs: int

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, those beyond 5 counted as 5."""
        return float(np.sqrt(np.mean(np.square(np.clip(self.residuals, -5, 5)))))


def fit_costs(
    profile: ServingProfile,
    terms: Sequence[Term],
    runs: Sequence[MeasuredRun],
    closed_loop: Sequence[ClosedLoopRun] = (),
    *,
    seed: int = 0,
    max_iterations: int = 8,
    progress: Callable[[str], None] = lambda _: None,
) -> CostFit:
    """Fit terms of a profile.

    Parameters
    ----------
    profile : ServingProfile
        All but the fitted terms: KV capacity, adapter loads, other coefficients. The fit starts
        from its values where they are positive.
    terms : sequence of Term
        What to fit.
    runs : sequence of MeasuredRun
        Open-loop runs; those whose figures cannot be compared are left out.
    closed_loop : sequence of ClosedLoopRun
        Experiments with all requests at once.
    seed : int
        Of the requests that are drawn.
    max_iterations : int
        Evaluations of all derivatives at most.
    progress : callable
        Told in a few words how far the fit is.

    Raises
    ------
    InputError
        If the runs cannot tell a term, or cannot tell terms apart.
    """
    from scipy.optimize import least_squares  # which takes long to import

    problem = _Problem(profile, terms, [run for run in runs if run.usable], closed_loop, seed)
    if not problem.num_runs:
        raise InputError("runs", "none can be compared", "give runs with outcome ok")
    start = problem.start()
    sensitivity = problem.derivatives(start)
    _require_identifiable(terms, sensitivity)
    iterations = 0

    def derivatives(point: FloatArray) -> FloatArray:
        nonlocal iterations
        iterations += 1
        cost = float(np.sqrt(np.mean(np.square(np.clip(problem.residuals(point), -5, 5)))))
        progress(f"iteration {iterations}: {cost:.2f} standard deviations")
        return sensitivity if iterations == 1 else problem.derivatives(point)

    with np.errstate(all="ignore"):
        solution = least_squares(
            problem.residuals,
            start,
            jac=derivatives,
            bounds=(0.0, _LARGEST),
            loss="soft_l1",
            x_scale="jac",
            max_nfev=max_iterations,
            xtol=1e-4,
            ftol=1e-4,
        )
    point = np.asarray(solution.x, np.float64)
    errors = _standard_errors(problem.derivatives(point), problem.residuals(point))
    values = [_rounded(x * t.typical, x) for t, x in zip(terms, point, strict=True)]
    return CostFit(
        profile=_with_terms(profile, terms, values),
        standard_errors={
            f"{t.part}.{t.name}": float(e * t.typical) for t, e in zip(terms, errors, strict=True)
        },
        residuals=problem.residuals(point),
        num_runs=problem.num_runs,
    )


class _Problem:
    """Residuals and their derivatives; a point holds the terms in units of their typical size."""

    def __init__(
        self,
        profile: ServingProfile,
        terms: Sequence[Term],
        runs: Sequence[MeasuredRun],
        closed_loop: Sequence[ClosedLoopRun],
        seed: int,
    ) -> None:
        self._profile = profile
        self._terms = terms
        self._runs = runs
        self._closed_loop = closed_loop
        self._streams = [sample_run(run, seed) for run in runs]
        self._memo: tuple[bytes, FloatArray] = (b"", np.empty(0))
        self._workers = len(os.sched_getaffinity(0))

    @property
    def num_runs(self) -> int:
        return len(self._runs) + len(self._closed_loop)

    def start(self) -> FloatArray:
        known = [getattr(getattr(self._profile, t.part), t.name) / t.typical for t in self._terms]
        return np.array([min(value, _LARGEST / 2) if value > 0 else 1.0 for value in known])

    def residuals(self, point: FloatArray) -> FloatArray:
        key = point.tobytes()
        if self._memo[0] != key:
            self._memo = (key, self._at([point])[0])
        return self._memo[1]

    def derivatives(self, point: FloatArray) -> FloatArray:
        """Differences (n, terms), forward; all simulations of all terms share the threads."""
        points = []
        steps = np.maximum(_DIFFERENCE, _DIFFERENCE * point)
        for index, step in enumerate(steps):
            moved = point.copy()
            moved[index] += step
            points.append(moved)
        base = self.residuals(point)
        columns = [(r - base) / step for r, step in zip(self._at(points), steps, strict=True)]
        return np.stack(columns, axis=1)

    def _at(self, points: Sequence[FloatArray]) -> list[FloatArray]:
        profiles = [self._profile_at(point) for point in points]
        items = (*zip(self._runs, self._streams, strict=True), *self._closed_loop)
        jobs = [(p, item) for p in profiles for item in items]
        with ThreadPoolExecutor(self._workers) as pool:
            parts = list(pool.map(lambda job: self._compare(*job), jobs))
        count = len(parts) // len(points)
        return [
            np.array([r for part in parts[k * count : (k + 1) * count] for r in part])
            for k in range(len(points))
        ]

    def _profile_at(self, point: FloatArray) -> ServingProfile:
        values = [float(x) * t.typical for t, x in zip(self._terms, point, strict=True)]
        return _with_terms(self._profile, self._terms, values)

    def _compare(
        self, profile: ServingProfile, item: tuple[MeasuredRun, RequestStream] | ClosedLoopRun
    ) -> list[float]:
        if isinstance(item, ClosedLoopRun):
            return [_log(replay_closed_loop(item, profile), item.measured) / _CLOSED_LOOP_ERROR]
        run, stream = item
        twin = simulate_run(run, stream, profile)
        result = []
        if not math.isnan(run.tpot_mean):
            result.append(_log(twin.tpot_mean, run.tpot_mean) / _TPOT_ERROR)
        if run.starved:
            result.append(_log(twin.completed_throughput, run.throughput) / _THROUGHPUT_ERROR)
        elif not (run.ttft_charges_unfinished or math.isnan(run.ttft_mean)):
            result.append(_log(ttft_as_measured(run, twin), run.ttft_mean) / _TTFT_ERROR)
        return result


def _with_terms(
    profile: ServingProfile, terms: Sequence[Term], values: Sequence[float]
) -> ServingProfile:
    parts: dict[str, dict[str, float]] = {}
    for term, value in zip(terms, values, strict=True):
        parts.setdefault(term.part, {})[term.name] = value
    changed: dict[str, Any] = {
        part: replace(getattr(profile, part), **changes) for part, changes in parts.items()
    }
    return replace(profile, **changed)


def _rounded(value: float, relative: float) -> float:
    """Four digits; nothing where the term is too small to matter."""
    return float(f"{value:.4g}") if relative > 1e-6 else 0.0


def _log(simulated: float, measured: float) -> float:
    if not (simulated > 0 and measured > 0):
        return _MISSING
    return math.log(simulated / measured)


def _require_identifiable(terms: Sequence[Term], sensitivity: FloatArray) -> None:
    """Refuse terms that no residual depends on, or that change residuals in the same way."""
    norms = np.linalg.norm(sensitivity, axis=0)
    silent = [term for term, norm in zip(terms, norms, strict=True) if norm < _WEAK]
    if silent:
        reasons = "; ".join(f"{term.name} (needs {term.data})" for term in silent)
        raise InputError(
            "runs",
            f"they do not tell {reasons}",
            "measure such runs, or take the terms from a profile with --base and --keep",
        )
    _, singular, directions = np.linalg.svd(sensitivity / norms, full_matrices=False)
    if singular[-1] < _ALIKE:
        weights = np.abs(directions[-1])
        alike = [t for t, weight in zip(terms, weights, strict=True) if weight > 0.3]
        reasons = "; ".join(f"{term.name} (needs {term.data})" for term in alike)
        raise InputError(
            "runs",
            f"they do not tell apart {reasons}",
            "measure such runs, or take one of the terms from a profile with --base and --keep",
        )


def _standard_errors(sensitivity: FloatArray, residuals: FloatArray) -> FloatArray:
    """Square roots of the diagonal of the covariance, for the scatter that the residuals have."""
    freedom = max(1, residuals.size - sensitivity.shape[1])
    scatter = float(np.sum(np.square(np.clip(residuals, -5, 5)))) / freedom
    covariance = np.linalg.pinv(sensitivity.T @ sensitivity) * scatter
    return np.asarray(np.sqrt(np.maximum(0.0, np.diag(covariance))), np.float64)
