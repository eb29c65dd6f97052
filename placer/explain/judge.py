"""The judge of explanations: the twin, with other random numbers than a search uses."""

from __future__ import annotations

from estimators.twin_backed import TwinEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.verification.verify import VERIFICATION_SEEDS

__all__ = ["twin_judge"]


def twin_judge(
    problem: Problem, objective: Objective, num_workers: int | None = None
) -> Evaluator:
    """An evaluator that asks the twin, for one seed and the usual window of every GPU.

    Parameters
    ----------
    problem : Problem
    objective : Objective
    num_workers : int or None
        Threads; None for as many as there are cores.
    """
    twin = TwinEstimator(seeds=VERIFICATION_SEEDS[:1], num_workers=num_workers)
    return Evaluator(twin, objective, problem)
