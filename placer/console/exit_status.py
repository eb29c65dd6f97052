"""Exit statuses of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help and typos do not need it
    from placer.problem.result import Result

__all__ = [
    "FAULT",
    "GIVEN_UP",
    "INCOMPLETE",
    "INFEASIBLE",
    "PLACED",
    "RESULTS",
    "WRONG_INPUT",
    "status_of",
    "worst",
]

PLACED = 0
"""All adapters are placed, and the placement passed what it was to pass."""
INFEASIBLE = 1
"""There is no admissible placement, or none was found, or it failed verification."""
WRONG_INPUT = 2
"""What the user wrote cannot be accepted."""
INCOMPLETE = 3
"""The search ended early, and adapters are left without a place."""
FAULT = 70
"""The program or a plug-in failed."""
GIVEN_UP = 130
"""A second Ctrl-C."""

RESULTS = (PLACED, INFEASIBLE, INCOMPLETE)
"""Of runs that have written a result."""

_SEVERITY = (PLACED, INCOMPLETE, INFEASIBLE, WRONG_INPUT, FAULT, GIVEN_UP)


def status_of(result: Result) -> int:
    """Exit status of a result that was written."""
    from placer.problem.result import SolveStatus

    if result.is_feasible():
        return PLACED
    ended = result.status in (SolveStatus.TIME_LIMIT, SolveStatus.INTERRUPTED)
    return INCOMPLETE if ended and result.placement.unplaced else INFEASIBLE


def worst(statuses: Iterable[int]) -> int:
    """Exit status of several runs, of none `PLACED`."""
    return max(statuses, key=_SEVERITY.index, default=PLACED)
