"""An engine to be simulated under one seed, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from estimators.base import Candidate
from estimators.simulation.capacity import capacity_ratio, capacity_seconds, overload_of
from estimators.simulation.shared_streams import SharedStreams
from estimators.simulation.simulated_traffic import SimulatedTraffic
from estimators.starvation import StarvationRule
from twin.gpu.profile import ServingProfile
from twin.workload.workload import RequestStream

__all__ = ["SeedJob", "SeedOutcome", "capacity_doubt", "with_capacity"]


class SeedJob(NamedTuple):
    """A simulation to be made.

    Parameters
    ----------
    streams : SharedStreams
        Where requests come from.
    traffic : tuple of int
        What is equal for equal traffic.
    candidate : Candidate
        An engine that starts.
    seed : int
    rule : StarvationRule
    early : bool
        Whether the engine seems to starve by far.
    stop : callable
        Whether to give up.
    """

    streams: SharedStreams
    traffic: tuple[int, ...]
    candidate: Candidate
    seed: int
    rule: StarvationRule
    early: bool
    stop: Callable[[], bool]

    def sample(self, seconds: float) -> RequestStream:
        """Requests of a window."""
        return self.streams.sample(
            self.traffic, self.candidate.adapters, self.seed, seconds, self.stop
        )


class SeedOutcome(NamedTuple):
    """What a simulation says.

    Parameters
    ----------
    served : SimulatedTraffic
        In the window.
    slower : float
        Share of the traffic that is started if steps take longer by the profile's uncertainty.
    seconds : float
        How much traffic it is of, the capacity where that was asked.
    capacity : float
        Over what is offered; infinite where that was not asked.
    """

    served: SimulatedTraffic
    slower: float
    seconds: float
    capacity: float = math.inf


def with_capacity(job: SeedJob, outcome: SeedOutcome) -> SeedOutcome:
    """The outcome with the capacity, where the rule asks for it and the engine does not starve.

    Raises
    ------
    Stopped
        If the job was given up.
    """
    candidate, rule = job.candidate, job.rule
    if not rule.sustained or outcome.served.started_share < rule.threshold:
        return outcome
    seconds = max(outcome.seconds, capacity_seconds(candidate, outcome.served.run))
    overload = overload_of(capacity_doubt(candidate.profile))
    capacity = capacity_ratio(job.sample(seconds), candidate, overload, job.stop)
    return outcome._replace(seconds=seconds, capacity=capacity)


def capacity_doubt(profile: ServingProfile) -> float:
    """Relative error of the capacity of an engine by a profile that was not measured."""
    return profile.uncertainty if profile.estimated_from else 0.0
