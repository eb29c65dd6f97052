"""Capacity: what an engine serves when more arrives than it can serve."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from estimators.base import Candidate
from twin.engine.simulate import served_throughput
from twin.engine.simulation_result import SimulationResult
from twin.workload.stopped import never
from twin.workload.workload import RequestStream

__all__ = ["OVERLOAD", "capacity_ratio", "capacity_seconds", "overload_of"]

OVERLOAD = 1 / 0.9
"""Factor on the traffic under which the capacity of an engine is measured."""

_REQUESTS = 2000  # of a measurement: fewer differ too much in what they ask for
_RESIDENCES = 50  # length of a measurement, in times that a request runs
_SURE = 3.0  # standard errors of the costs that a measurement can tell from enough


def overload_of(uncertainty: float) -> float:
    """Factor on the traffic that shows whether a capacity is enough in spite of its error.

    Parameters
    ----------
    uncertainty : float
        Relative standard error of the capacity.
    """
    return max(OVERLOAD, 1 + _SURE * uncertainty)


def capacity_seconds(candidate: Candidate, run: SimulationResult) -> float:
    """Length in seconds of the requests from which a capacity can be told.

    It is 2,000 requests, and fifty times as long as a request runs, as what is being answered at
    the end counts only in part.

    Parameters
    ----------
    candidate : Candidate
    run : SimulationResult
        Of the candidate.
    """
    outputs = math.fsum(a.rate * a.lengths.output_mean for a in candidate.adapters)
    residence = run.duration  # where nothing was finished
    if run.num_finished:
        tpot = 0.0 if math.isnan(run.tpot_mean) else run.tpot_mean  # of answers of one token
        residence = tpot * outputs / candidate.rate
    return max(_REQUESTS / candidate.rate, _RESIDENCES * residence)


def capacity_ratio(
    stream: RequestStream,
    candidate: Candidate,
    overload: float,
    stop: Callable[[], bool] = never,
) -> float:
    """Tokens/s that an engine serves of its traffic at most, over those that it is offered.

    The requests arrive faster by a factor, such that exactly the expected tokens/s arrive times
    that factor. What the engine serves then is its capacity, or as much as arrives where it could
    serve even more. An engine with a ratio below 1 has a queue that grows as long as it runs.

    Parameters
    ----------
    stream : RequestStream
        What arrives, for so long that it tells a capacity (`capacity_seconds`).
    candidate : Candidate
        An engine that starts.
    overload : float
        The factor, above 1.
    stop : callable
        Whether to give up.

    Returns
    -------
    float
        At most the factor; that where no request arrives.

    Raises
    ------
    Stopped
        If it was given up.
    """
    offered = stream.offered_tokens
    if offered == 0:
        return overload
    duration = offered / (candidate.token_rate * overload)
    arrival = stream.arrival * (duration / stream.duration)
    arrival = np.minimum(arrival, np.nextafter(duration, 0))
    faster = replace(stream, arrival=arrival, duration=duration)
    served = served_throughput(faster, candidate.config, candidate.profile, stop)
    return overload * served * duration / offered
