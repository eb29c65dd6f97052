"""Exit statuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placer.console.exit_status import (
    FAULT,
    GIVEN_UP,
    INCOMPLETE,
    INFEASIBLE,
    PLACED,
    WRONG_INPUT,
    status_of,
    worst,
)
from placer.problem.placement import Placement
from placer.problem.result import SolveStatus
from tests.placer.example_result import result

NOTHING = replace(result(), placement=Placement((), ("a",)), gpus=(), verification=None)


@pytest.mark.parametrize(
    ("status", "complete", "expected"),
    [
        (SolveStatus.OPTIMAL, True, PLACED),
        (SolveStatus.TIME_LIMIT, True, PLACED),
        (SolveStatus.INFEASIBLE, True, INFEASIBLE),
        (SolveStatus.INFEASIBLE, False, INFEASIBLE),
        (SolveStatus.TIME_LIMIT, False, INCOMPLETE),
        (SolveStatus.INTERRUPTED, False, INCOMPLETE),
    ],
)
def test_what_came_out(status: SolveStatus, complete: bool, expected: int) -> None:
    assert status_of(replace(result() if complete else NOTHING, status=status)) == expected


def test_a_placement_that_failed_verification_is_not_admissible() -> None:
    checked = result().verification
    assert checked is not None
    failed = replace(checked, starved=(0,))
    ended = replace(result(), verification=failed, status=SolveStatus.TIME_LIMIT)
    assert status_of(ended) == INFEASIBLE


def test_of_several_the_worst_counts() -> None:
    assert worst([]) == PLACED
    assert worst([PLACED, INCOMPLETE, PLACED]) == INCOMPLETE
    assert worst([INCOMPLETE, INFEASIBLE]) == INFEASIBLE
    assert worst([INCOMPLETE, WRONG_INPUT, INFEASIBLE]) == WRONG_INPUT
    assert worst([FAULT, WRONG_INPUT]) == FAULT
    assert worst([FAULT, GIVEN_UP]) == GIVEN_UP
