"""Too few requests: traffic of which a verification sees too little to tell anything."""

from __future__ import annotations

import math

from estimators.base import Candidate
from estimators.window import Window

__all__ = ["has_too_few_requests"]

_MOST_DEVIATION = 0.5  # relative, of the number of requests in all simulations together


def has_too_few_requests(candidate: Candidate, window: Window, num_seeds: int) -> bool:
    """Whether the number of requests that arrive while a GPU is simulated is mere chance.

    Parameters
    ----------
    candidate : Candidate
        The GPU and its traffic.
    window : Window
        What is simulated under each seed.
    num_seeds : int

    Returns
    -------
    bool
        Whether the standard deviation of that number is more than half of what is expected. Where
        gaps vary so much, most windows see no request at all, and a few see all of them.
    """
    expected = candidate.rate * window.seconds(candidate.rate)
    variance = math.fsum(a.arrivals.cv**2 * a.rate for a in candidate.adapters) / candidate.rate
    return math.sqrt(variance / (expected * num_seeds)) > _MOST_DEVIATION
