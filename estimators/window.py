"""Window: the time that an engine is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twin.files.errors import InputError

__all__ = ["USUAL_WINDOW", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """Time that an estimate is for.

    Parameters
    ----------
    duration : float
        Seconds.
    min_requests : int
        It is lengthened until this many requests are expected in it, so that a GPU with little
        traffic is not judged by the edges of the window.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    duration: float = 600.0
    min_requests: int = 300

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration) and self.duration > 0):
            raise InputError(
                "estimator.window.duration",
                f"{self.duration!r} is not a positive number of seconds",
            )
        if self.min_requests < 0:
            raise InputError(
                "estimator.window.min_requests", f"{self.min_requests} is negative", "0 or more"
            )

    def seconds(self, rate: float) -> float:
        """Length of the window for traffic of so many requests/s."""
        return max(float(self.duration), self.min_requests / rate)


USUAL_WINDOW = Window()
"""Ten minutes, or 300 requests."""
