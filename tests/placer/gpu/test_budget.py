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


def test_whether_there_is_a_limit() -> None:
    assert not Budget().limited
    assert Budget(time_limit=1.0).limited
    assert Budget(max_estimates=1).limited


def test_what_is_left_allows() -> None:
    assert Budget().allows(10**9, 1e9)
    ticks = iter([0.0, 1.0, 1.0, 1.0])
    budget = Budget(time_limit=3.0, max_estimates=4, clock=lambda: next(ticks))
    budget.start()
    budget.spend(2)
    assert budget.allows(2, 1.5)
    assert not budget.allows(3)
    assert not budget.allows(1, 2.0)


def test_portions_keep_to_what_is_left() -> None:
    assert Budget().portion(100) == 100
    counted = Budget(max_estimates=10)
    counted.spend(4)
    assert counted.portion(100) == 6
    assert counted.portion(5) == 5
    ticks = iter([0.0, 1.0, 1.0, 3.5, 3.5])
    timed = Budget(time_limit=4.0, clock=lambda: next(ticks))
    timed.start()
    assert timed.portion(100) == 4  # nothing is known yet
    timed.spend(20)
    assert timed.portion(100) == 60  # 20 in a second, three seconds left
    assert timed.portion(100) == 4  # few, whatever is left


def test_grace_is_half_of_the_estimates_and_a_quarter_of_the_time() -> None:
    clock = [0.0]
    budget = Budget(time_limit=4.0, max_estimates=10, clock=lambda: clock[0])
    budget.start()
    budget.spend(11)
    clock[0] = 4.5
    grace = budget.grace()
    assert grace is not None
    assert (grace.time_limit, grace.max_estimates) == (0.5, 4)
    grace.spend(3)
    assert budget.num_estimates == 14
    budget.spend(1)
    assert budget.grace() is None
    unlimited = Budget(interrupted=lambda: True).grace()
    assert unlimited is not None
    assert not unlimited.exhausted()


def test_what_goes_on_is_given_up_a_quarter_after_the_limit() -> None:
    now = 0.0
    budget = Budget(time_limit=8.0, clock=lambda: now)
    budget.start()
    for now, overdue in ((8.5, False), (10.0, False), (10.1, True)):  # noqa: B007  # the clock's
        assert budget.overdue() is overdue
    assert not Budget(max_estimates=1).overdue()
