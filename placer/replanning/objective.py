"""An objective that counts the adapters that have to move."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from estimators.base import Estimate
from placer.objectives import Churn
from placer.objectives.objective import (
    Objective,
    Relaxation,
    gpus_are_free,
    is_continuous,
    keeps_limits,
)
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from twin.workload.adapter import Adapter

__all__ = ["WithMoves"]


@dataclass(frozen=True, slots=True)
class WithMoves:
    """An objective for problems with a previous placement: any one, and the moves.

    The first component grows by the price of each move; the second one is the number of moves, so
    that fewer are better where the first ties; the others follow.

    Parameters
    ----------
    objective : Objective
        What a good placement is.
    move_cost : float
        Price of a move in the unit of its first component, 0 or more.
    least_moves : int
        Moves that no admissible placement can do with less of.
    """

    objective: Objective
    move_cost: float = 0.0
    least_moves: int = 0

    @property
    def gpus_are_free(self) -> bool:
        """Whether they are in the objective."""
        return gpus_are_free(self.objective)

    @property
    def keeps_limits(self) -> bool:
        """As the objective."""
        return keeps_limits(self.objective)

    @property
    def is_continuous(self) -> bool:
        """Whether the objective is."""
        return is_continuous(self.objective)

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        first, *others = self.objective.gpu_cost(gpu, estimate)
        (moves,) = Churn().gpu_cost(gpu, estimate)
        return (first + self.move_cost * moves, moves, *others)

    def admissible(self, estimate: Estimate) -> bool:
        return self.objective.admissible(estimate)

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        first, *others = self.objective.lower_bound(problem, relaxation)
        return (first + self.move_cost * self.least_moves, float(self.least_moves), *others)

    def distinguish(self, problem: Problem, adapter: Adapter) -> Hashable:
        distinguish = getattr(self.objective, "distinguish", None)
        own = None if distinguish is None else distinguish(problem, adapter)
        return own, Churn().distinguish(problem, adapter)
