"""Calls of the command line, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["ADAPTERS", "SMALL", "Outcome", "Placer"]

SMALL = ["workload.num_adapters=6", "estimator.window.duration=60", "time_limit=60"]
ADAPTERS = "name,rank,rate_req_s\n"


class Outcome(NamedTuple):
    """What a call left behind."""

    status: int
    out: str
    err: str


Placer = Callable[..., Outcome]
