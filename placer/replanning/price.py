"""What a move costs where nobody says it, and how many there are at least."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from placer.gpu.budget import BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives.objective import Objective, is_continuous
from placer.replanning.continuation import continue_running
from placer.replanning.fewest_moves import fewest_moves
from placer.replanning.objective import WithMoves
from placer.search.search import Search

__all__ = ["price_moves"]

T = TypeVar("T")

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
        The evaluator's objective; it also knows how many moves there are at least, as far as the
        budget allows to ask for that.
    """
    problem = evaluator.problem
    least = _ask(evaluator, lambda: fewest_moves(evaluator), 0)
    price = problem.move_cost
    if price is None:
        price = 0.0
        if problem.max_moves is None and is_continuous(objective):
            price = _ask(evaluator, lambda: _price(evaluator), 0.0)
    priced = WithMoves(objective, price, least)
    evaluator.objective = priced
    evaluator.admissible_gpus[:] = evaluator.evaluate([g.plan for g in evaluator.admissible_gpus])
    return priced


def _ask(evaluator: Evaluator, question: Callable[[], T], otherwise: T) -> T:
    """The answer to a question that takes estimates, or another one where there are none left."""
    try:
        return question()
    except BudgetExhausted:
        return otherwise
    except KeyboardInterrupt:
        if not evaluator.budget.interrupt():
            raise
        return otherwise


def _price(evaluator: Evaluator) -> float:
    """Five times the value of the running placement, for each adapter."""
    problem = evaluator.problem
    running = problem.running
    if running is None:
        return 0.0
    search = Search(problem, evaluator, evaluator.budget, np.random.default_rng(0))
    continue_running(search, running)
    value = search.value()[0] if search.gpus else 0.0
    number = max(1, problem.workload.num_adapters)
    return _WORTH * abs(value) / number if math.isfinite(value) else 0.0
