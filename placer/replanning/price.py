"""What a move costs where nobody says it."""

from __future__ import annotations

import math

import numpy as np

from estimators.base import Estimator
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective, is_continuous
from placer.problem.problem import Problem
from placer.replanning.continuation import continue_running
from placer.replanning.objective import WithMoves
from placer.search.search import Search

__all__ = ["move_price"]


def move_price(
    problem: Problem, estimator: Estimator, objective: Objective, budget: Budget
) -> float:
    """Price of a move in the unit of the objective's first component.

    What the problem says. Else nothing where that component counts GPUs or their rent, which is
    paid for as long as they run while a move is paid once; and nothing where the problem limits
    the number of moves. Else, as with a latency, to move a part of the adapters has to better the
    value of the running placement, changed only where it has to be, by as large a part: a tenth of
    them by a tenth.

    Parameters
    ----------
    problem : Problem
        With a previous placement.
    estimator : Estimator
        Is asked for the running placement.
    objective : Objective
        Without moves.
    budget : Budget
        That of the search. Where it is spent here, a move costs nothing.
    """
    if problem.move_cost is not None:
        return problem.move_cost
    running = problem.running
    if running is None or problem.max_moves is not None or not is_continuous(objective):
        return 0.0
    evaluator = Evaluator(estimator, WithMoves(objective), problem, budget)
    search = Search(problem, evaluator, budget, np.random.default_rng(0))
    try:
        continue_running(search, running)
    except BudgetExhausted:
        return 0.0
    except KeyboardInterrupt:
        if not budget.interrupt():
            raise
        return 0.0
    value = search.value()[0] if search.gpus else 0.0
    return abs(value) / len(problem.workload) if math.isfinite(value) else 0.0
