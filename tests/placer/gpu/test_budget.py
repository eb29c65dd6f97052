"""Budget."""

from __future__ import annotations

import math

import pytest

from placer.gpu.budget import Budget, BudgetExhausted
from twin.files.errors import InputError


class Clock:
    """Time that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_limits_it_lasts() -> None:
    budget = Budget()
    budget.start()
    budget.spend(10**6)
    budget.check()
    assert budget.remaining() == math.inf


def test_time_runs_from_the_start() -> None:
    clock = Clock()
    budget = Budget(time_limit=5.0, clock=clock)
    clock.now = 200.0
    assert budget.elapsed() == 0.0
    assert budget.remaining() == 5.0
    budget.start()
    clock.now = 203.0
    budget.start()
    assert budget.elapsed() == 3.0
    assert budget.remaining() == 2.0
    assert not budget.exhausted()
    clock.now = 206.0
    assert budget.remaining() == 0.0
    with pytest.raises(BudgetExhausted):
        budget.check()


def test_estimates_run_out() -> None:
    budget = Budget(max_estimates=10)
    budget.spend(9)
    assert not budget.exhausted()
    budget.spend(3)
    assert budget.exhausted()
    assert budget.num_estimates == 12


def test_the_user_ends_it() -> None:
    pressed: list[int] = []
    budget = Budget(interrupted=lambda: bool(pressed))
    assert not budget.exhausted()
    pressed.append(1)
    assert budget.exhausted()


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.inf, math.nan])
def test_time_limits_that_are_none(seconds: float) -> None:
    with pytest.raises(InputError, match="time_limit"):
        Budget(time_limit=seconds)


def test_a_limit_of_no_estimate_is_refused() -> None:
    with pytest.raises(InputError, match="max_estimates: 0 is below 1"):
        Budget(max_estimates=0)


def test_the_part_that_is_spent_is_that_of_the_scarcer_limit() -> None:
    assert Budget().used() == 0.0
    ticks = iter([0.0, 2.0, 2.0])
    budget = Budget(time_limit=10.0, max_estimates=4, clock=lambda: next(ticks))
    budget.start()
    assert budget.used() == pytest.approx(0.2)
    budget.spend(3)
    assert budget.used() == pytest.approx(0.75)


def test_every_batch_of_estimates_is_told() -> None:
    told: list[int] = []
    budget = Budget(watch=told.append)
    for number in (3, 1):
        budget.spend(number)
    assert told == [3, 1]
    assert budget.num_estimates == 4
