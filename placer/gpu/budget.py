"""Budget: how long a search may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from twin.files.errors import InputError

__all__ = ["Budget", "BudgetExhausted"]


_STRETCHED, _STRETCHED_TIME = 1.5, 1.25  # limits, over what they are, for ending a search
_FEW = 4  # candidates


class BudgetExhausted(Exception):  # a signal that ends the search, not an error
    """The search has to end; strategies keep the best placement found so far."""


@dataclass(slots=True)
class Budget:
    """Limits of one search; time runs from `start`.

    Parameters
    ----------
    time_limit : float or None
        Seconds; None for no limit.
    max_estimates : int or None
        Candidates that the estimator may be asked for; None for no limit.
    clock : callable
        Monotonic time in seconds.
    interrupted : callable
        Whether the user asked to stop.
    watch : callable
        Is told of every batch how many candidates the estimator was asked for.

    Raises
    ------
    InputError
        If a limit is not positive.
    """

    time_limit: float | None = None
    max_estimates: int | None = None
    clock: Callable[[], float] = time.monotonic
    interrupted: Callable[[], bool] = lambda: False
    watch: Callable[[int], None] = lambda number: None
    num_estimates: int = field(default=0, init=False)
    _start: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.time_limit is not None and not (
            math.isfinite(self.time_limit) and self.time_limit > 0
        ):
            raise InputError(
                "time_limit",
                f"{self.time_limit!r} is not a positive number of seconds",
                "null for no limit",
            )
        if self.max_estimates is not None and self.max_estimates < 1:
            raise InputError(
                "max_estimates", f"{self.max_estimates} is below 1", "null for no limit"
            )

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self.time_limit is not None or self.max_estimates is not None

    def start(self) -> None:
        """Let the time run; has no effect when it does already."""
        if self._start is None:
            self._start = self.clock()

    def elapsed(self) -> float:
        """Seconds since `start`."""
        return 0.0 if self._start is None else self.clock() - self._start

    def remaining(self) -> float:
        """Seconds left, not below 0; infinite without a limit."""
        if self.time_limit is None:
            return math.inf
        return max(0.0, self.time_limit - self.elapsed())

    def overdue(self) -> bool:
        """Whether what goes on has to be given up: the time is over by as much as may be."""
        return self.time_limit is not None and self.elapsed() > _STRETCHED_TIME * self.time_limit

    def used(self) -> float:
        """Part of the budget that is spent, 0 without a limit."""
        time = 0.0 if self.time_limit is None else self.elapsed() / self.time_limit
        asked = 0.0 if self.max_estimates is None else self.num_estimates / self.max_estimates
        return max(time, asked)

    def exhausted(self) -> bool:
        """Whether the search has to end."""
        return (
            self.interrupted()
            or self.remaining() <= 0
            or (self.max_estimates is not None and self.num_estimates >= self.max_estimates)
        )

    def allows(self, num_estimates: int, seconds: float = 0.0) -> bool:
        """Whether so many estimates, and so much time, are left."""
        most = math.inf if self.max_estimates is None else self.max_estimates
        return self.remaining() > seconds and self.num_estimates + num_estimates <= most

    def portion(self, number: int) -> int:
        """How many of a number of candidates to ask for at once, such that limits are kept.

        As many as there may be, and as are likely answered in the time that is left.
        """
        if self.max_estimates is not None:
            number = min(number, self.max_estimates - self.num_estimates)
        if self.time_limit is not None:
            known = self.num_estimates and self.elapsed()
            likely = self.remaining() * self.num_estimates / known if known else _FEW
            number = min(number, max(_FEW, int(likely)))
        return max(1, number)

    def grace(self) -> Budget | None:
        """What is left for ending a search, where its limits are stretched; None if nothing is.

        What it is spent on counts here, too. It heeds no interruption.
        """
        seconds, estimates = self.time_limit, self.max_estimates
        if seconds is not None:
            seconds = seconds * _STRETCHED_TIME - self.elapsed()
        if estimates is not None:
            estimates = int(estimates * _STRETCHED) - self.num_estimates
        if any(left is not None and left <= 0 for left in (seconds, estimates)):
            return None
        grace = Budget(seconds, estimates, self.clock, watch=self.spend)
        grace.start()
        return grace

    def check(self) -> None:
        """Raise `BudgetExhausted` when the search has to end."""
        if self.exhausted():
            raise BudgetExhausted

    def interrupt(self) -> bool:
        """Ask the search to end, and say whether that was for the first time."""
        first = not self.interrupted()
        self.interrupted = lambda: True
        return first

    def spend(self, num_estimates: int) -> None:
        """Count candidates that the estimator was asked for."""
        self.num_estimates += num_estimates
        self.watch(num_estimates)
