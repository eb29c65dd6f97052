"""The judges of explanations: those of the verification."""

from __future__ import annotations

from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.verification.judges import Judges, verification_seeds
from placer.verification.verify import Verifier

__all__ = ["twin_judges"]


def twin_judges(
    problem: Problem, objective: Objective, result: Result, verifier: Verifier | None = None
) -> Judges:
    """Evaluators that judge GPUs as the verification of a result does.

    Parameters
    ----------
    problem : Problem
    objective : Objective
    result : Result
        Of the problem, with at least one GPU.
    verifier : Verifier or None
        What verified the result; None for what `placer.solve.solve` takes where none is given.
    """
    verifier = verifier or Verifier(seeds=verification_seeds(result.seed))
    number = len(result.placement.gpus)
    if result.verification is not None:  # as many as there were when it began
        number = max(1, number - result.verification.num_opened)
    return verifier.judges(problem, objective, number)
