"""Budget: how long a search may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from twin.files.errors import InputError

__all__ = ["Budget", "BudgetExhausted"]


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
