"""What a move costs where nobody says it."""

from __future__ import annotations

import math

import numpy as np

from placer.gpu.budget import BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective, is_continuous
from placer.replanning.continuation import continue_running
from placer.replanning.objective import WithMoves
from placer.search.search import Search

__all__ = ["price_moves"]

_WORTH = 5  # part of the value that has to be gained for each part of the adapters that moves


def price_moves(evaluator: Evaluator, objective: Objective) -> WithMoves:
    """Give moves their price, in the unit of the objective's first component.

    What the problem says. Else nothing where that component counts GPUs or their rent, which is
    paid for as long as they run while a move is paid once; and nothing where the problem limits
    the number of moves. Else, as with a latency, to move a part of the adapters has to better the
    value of the running placement, changed only where it has to be, by five times as large a part:
    a tenth of them by half. Where the budget is spent before that is known, a move costs nothing.

    Parameters
    ----------
    evaluator : Evaluator
        Of a problem with a previous placement. It remembers what it was asked, and counts moves
        by their price from now on.
    objective : Objective
        Without moves.

    Returns
    -------
    WithMoves
        The evaluator's objective.
    """
    priced = WithMoves(objective, _price(evaluator, objective))
    evaluator.objective = priced
    evaluator.admissible_gpus[:] = evaluator.evaluate([g.plan for g in evaluator.admissible_gpus])
    return priced


def _price(evaluator: Evaluator, objective: Objective) -> float:
    problem = evaluator.problem
    if problem.move_cost is not None:
        return problem.move_cost
    running = problem.running
    if running is None or problem.max_moves is not None or not is_continuous(objective):
        return 0.0
    search = Search(problem, evaluator, evaluator.budget, np.random.default_rng(0))
    try:
        continue_running(search, running)
    except BudgetExhausted:
        return 0.0
    except KeyboardInterrupt:
        if not evaluator.budget.interrupt():
            raise
        return 0.0
    value = search.value()[0] if search.gpus else 0.0
    number = max(1, problem.workload.num_adapters)
    return _WORTH * abs(value) / number if math.isfinite(value) else 0.0
