"""How many GPUs a workload takes by first fit decreasing and the fastest estimator there is."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

from estimators.base import Candidate, Estimates
from estimators.ml_backed import MLEstimator
from estimators.starvation import StarvationRule
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import by_decreasing_traffic, make_items
from placer.gpu.packing import Packer
from placer.moves.opening import pack_fleet
from placer.moves.taking import Filler
from placer.objectives import FewestGpus
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["QuickEstimator", "QuickFleet"]

_MOST = 10_000  # adapters that are packed within a moment
_FIRST_GUESS = 16  # items


class QuickEstimator:
    """Trained models where there are some for the whole fleet, else the balance of engines.

    Parameters
    ----------
    problem : Problem

    Attributes
    ----------
    name : str
        Who answers, in words.
    is_trained : bool
        Whether these are trained models, whose probabilities mean something.
    """

    def __init__(self, problem: Problem) -> None:
        self._models = MLEstimator()
        self.is_trained = True
        try:
            for gpu_type in problem.fleet:
                self._models.predictor(gpu_type.profile, problem.starvation)
        except InputError:  # there is none, or it is for another threshold
            self.is_trained = False
        self.name = "the trained models" if self.is_trained else "the balance of engines"

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        """Predict, without warnings about what lies outside of the training."""
        if self.is_trained:
            return self._models.predict(candidates, rule)[0]
        # Compiled code takes long to import.
        from estimators.equilibrium_backed import EquilibriumEstimator

        return EquilibriumEstimator().estimate(candidates, rule)


class QuickFleet:
    """Packs the workload of a problem within a moment, for orders of magnitude.

    Parameters
    ----------
    problem : Problem
        Its limit on GPUs and its running placement are left aside; counts and rules are kept.
    estimator : QuickEstimator
    in_dollars : bool
        Whether their rent is told, rather than their number.

    Attributes
    ----------
    unit : str
        Of what is told: ``"GPUs"`` or ``"$/h"``.
    estimated_by : str
        Who says so, in words.
    """

    def __init__(self, problem: Problem, estimator: QuickEstimator, in_dollars: bool) -> None:
        self._problem = replace(
            problem,
            max_gpus=None,
            previous=None,
            move_cost=None,
            max_moves=None,
            migration_gpus=None,
        )
        self._estimator, self._in_dollars = estimator, in_dollars
        self.unit, self.estimated_by = "$/h" if in_dollars else "GPUs", estimator.name
        self._evaluator = Evaluator(estimator, FewestGpus(), self._problem)

    def amount(
        self, *, factor: float = 1.0, time_limit: float, **limits: float | None
    ) -> float | None:
        """GPUs, or $/h, that it takes; None where they do not suffice, or the time.

        There is no time for more than 10,000 adapters.

        Parameters
        ----------
        factor : float
            By which all rates are multiplied.
        time_limit : float
            Seconds of processor time.
        **limits : float
            Other latency limits than the problem's.
        """
        problem, evaluator = self._problem, self._evaluator
        if len(problem.workload) > _MOST:
            return None
        if factor != 1:
            problem = replace(problem, workload=problem.workload.scaled(factor))
            evaluator = Evaluator(self._estimator, FewestGpus(), problem)
        limits_now = replace(problem.latency_limits, **limits)
        evaluator.problem = replace(problem, latency_limits=limits_now)  # which change no estimate
        evaluator.budget = Budget(max(time_limit, 1e-9), clock=time.process_time)
        evaluator.budget.start()
        gpus = _packed(evaluator)
        return None if gpus is None else self.measure([gpu.candidate.profile for gpu in gpus])

    def measure(self, profiles: Sequence[ServingProfile]) -> float:
        """GPUs of some engines, or their $/h."""
        if self._in_dollars:
            return math.fsum(profile.price_per_hour for profile in profiles)
        return float(sum(profile.gpus_per_engine for profile in profiles))


def _packed(evaluator: Evaluator) -> list[EvaluatedGpu] | None:
    """GPUs for all that there is; None where they do not suffice, or the time."""
    packer = Packer(evaluator)
    fill = Filler(packer, _FIRST_GUESS, max_misses=1)
    try:
        items, hopeless = make_items(evaluator, even=True)
        if hopeless:
            return None
        gpus, left = pack_fleet(packer, by_decreasing_traffic(items), fill)
    except BudgetExhausted:
        return None
    return None if left else gpus
