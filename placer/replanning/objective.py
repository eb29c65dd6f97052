"""An objective that counts the adapters that have to move."""

from __future__ import annotations

from placer.objectives import Churn, Lexicographic, Weighted
from placer.objectives.objective import Objective

__all__ = ["with_moves"]


def with_moves(objective: Objective, move_cost: float | None = None) -> Objective:
    """An objective for problems with a previous placement.

    Parameters
    ----------
    objective : Objective
        What a good placement is.
    move_cost : float or None
        As `Problem.move_cost`.
    """
    if move_cost is None:
        return Lexicographic((objective, Churn()))
    return Weighted((objective, Churn()), (1.0, move_cost))
