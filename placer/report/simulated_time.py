"""The time that a verification simulates, in words."""

from __future__ import annotations

from collections.abc import Iterable

from estimators.window import Window

__all__ = ["simulated_time"]


def simulated_time(duration: float, rates: Iterable[float]) -> str:
    """How long each GPU was simulated under a seed: longer where little arrives.

    Parameters
    ----------
    duration : float
        Simulated seconds of a GPU at which enough requests arrive.
    rates : iterable of float
        Requests/s at each GPU.
    """
    window = Window(duration)
    lengthened = any(rate > 0 and window.seconds(rate) > duration for rate in rates)
    return f"{'at least ' if lengthened else ''}{duration:,.0f} s"
