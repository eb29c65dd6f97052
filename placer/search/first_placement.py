"""First placement: complete within a moment, for searches that end before they have one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from estimators.base import Estimate
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.objectives.objective import Objective
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.search.rough_packing import rough_packing

__all__ = ["FirstPlacement"]

_ROOMS = (0.8, 0.9, 1.0)  # of the engines, the second and third where there are too few GPUs
_LESS = 0.6  # of the room, where the estimator finds a GPU too full
_CHECKS = 5  # of the estimator
_AT_ONCE = 8  # GPUs


class FirstPlacement:
    """A complete placement by rules of thumb, and what the estimator says of it.

    It is packed without a single estimate (`placer.search.rough_packing`). Then the estimator is
    asked once for each GPU, and what is on GPUs that it rejects is packed with less room.

    Parameters
    ----------
    problem : Problem
    objective : Objective

    Attributes
    ----------
    checked : list of EvaluatedGpu or None
        The GPUs, all admissible; None as long as the estimator has not accepted them.
    """

    def __init__(self, problem: Problem, objective: Objective) -> None:
        self._problem, self._objective = problem, objective
        self._room = _ROOMS[0]
        self._num_checks = 0
        self._packed = False
        self._packings = _packings(problem, objective)
        self._accepted: list[EvaluatedGpu] = []
        self._rejected: list[GpuPlan] = []
        self._waiting: list[GpuPlan] = []
        self.checked: list[EvaluatedGpu] | None = None

    def plans(self) -> list[GpuPlan]:
        """The GPUs; none where there are too few, or the estimator goes on rejecting some."""
        if not self._packed:
            self._packed = True
            self._waiting = next(self._packings, [])
        return [*(gpu.plan for gpu in self._accepted), *self._rejected, *self._waiting]

    def check(self, evaluator: Evaluator) -> None:
        """Ask the estimator for the GPUs that it was not asked for.

        Raises
        ------
        BudgetExhausted
            If the search has to end; what was asked for is remembered.
        """
        while self.checked is None and self.plans():
            while self._waiting:
                gpus = evaluator.evaluate(self._waiting[:_AT_ONCE])
                del self._waiting[:_AT_ONCE]
                self._accepted += [gpu for gpu in gpus if gpu.admissible]
                self._rejected += [gpu.plan for gpu in gpus if not gpu.admissible]
            if self._rejected:
                self._pack_anew()
            else:
                self.checked = self._accepted

    def unchecked(self, evaluator: Evaluator) -> list[EvaluatedGpu]:
        """The GPUs without any figures, and none admissible."""
        return [_without_figures(evaluator, plan) for plan in self.plans()]

    def _pack_anew(self) -> None:
        """Pack what is on rejected GPUs with less room, or else all on other GPUs."""
        kept = [gpu.plan for gpu in self._accepted]
        self._num_checks += 1
        self._room *= _LESS
        packed = None
        if self._num_checks < _CHECKS:
            packed = rough_packing(
                self._problem, self._objective, self._room, kept, self._rejected
            )
        self._rejected = []
        if packed is not None:
            self._waiting = packed[len(kept) :]
            return
        self._accepted, self._num_checks, self._room = [], 0, _ROOMS[0]
        self._waiting = next(self._packings, []) if self._problem.gpu_limit is not None else []


def _packings(problem: Problem, objective: Objective) -> Iterator[list[GpuPlan]]:
    """Whole placements, the best first; where GPUs are limited, also with the fewest."""
    # Those that the objective prefers may be too small.
    limited = problem.gpu_limit is not None
    for room in _ROOMS:
        for chosen in (objective, GpuCount()) if limited else (objective,):
            plans = rough_packing(problem, chosen, room)
            if plans is not None:
                yield plans


def _without_figures(evaluator: Evaluator, plan: GpuPlan) -> EvaluatedGpu:
    """A GPU of which nothing is known but what it is to serve."""
    planned = evaluator.planned(plan)
    nothing = math.nan
    estimate = Estimate(planned.candidate.token_rate, nothing, nothing, False, nothing, nothing)
    return EvaluatedGpu(planned, estimate, cost=(), admissible=False)
