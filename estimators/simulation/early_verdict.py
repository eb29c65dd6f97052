"""Simulations that need not run to their end, as it is certain what they will say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from estimators.base import Candidate
from estimators.features.engine_figures import EngineFigures
from estimators.simulation.simulated_traffic import SimulatedTraffic, simulate_traffic
from twin.gpu.profile import ServingProfile
from twin.workload.stopped import never
from twin.workload.workload import RequestStream

if TYPE_CHECKING:
    from estimators.features.traffic_statistics import AdapterStatistics

__all__ = ["EarlyVerdict"]

_PART = 0.25  # of the window that is simulated first
_SUSPECT = 0.15  # below the threshold by so much: worth looking at a part of the window
_CERTAIN = 0.1  # below the threshold by so much after a part: the whole will not be above it


@dataclass(slots=True)
class EarlyVerdict:
    """Simulates a part of the window where the engine is clearly overloaded.

    Where the equilibrium (`estimators.features.equilibrium`) falls short of the
    threshold by far, the first quarter of the window is simulated. If the engine falls short there
    by far too, that is the outcome: queues only grow from then on. Otherwise the whole window is
    simulated.
    """

    _figures: dict[int, tuple[ServingProfile, EngineFigures]] = field(default_factory=dict)
    _statistics: AdapterStatistics | None = None

    def suspects(self, candidate: Candidate, seconds: float, threshold: float) -> bool:
        """Whether an engine that starts looks clearly overloaded.

        Parameters
        ----------
        candidate : Candidate
        seconds : float
            Window that is to be simulated.
        threshold : float
            Share of its traffic below which an engine starves.
        """
        # Compiled code takes long to import, and whoever asks nothing does not need it.
        from estimators.features.equilibrium import equilibrium
        from estimators.features.traffic_statistics import NUM_BINS, AdapterStatistics

        if self._statistics is None:
            self._statistics = AdapterStatistics()
        profile = candidate.profile
        if id(profile) not in self._figures:
            self._figures[id(profile)] = (profile, EngineFigures(profile))
        balance = equilibrium(
            self._statistics.of_adapters(candidate.adapters),
            self._figures[id(profile)][1].of_config(candidate.config),
            seconds,
            np.empty((3, NUM_BINS)),
        )
        return bool(balance.served_share < threshold - _SUSPECT)

    def simulate(
        self,
        stream: RequestStream,
        candidate: Candidate,
        threshold: float,
        stop: Callable[[], bool] = never,
    ) -> SimulatedTraffic:
        """Outcome of a suspect: over a part of the window, if that is enough to tell.

        Raises
        ------
        Stopped
            If ``stop`` said so.
        """
        part = _PART * stream.duration
        number = int(np.searchsorted(stream.arrival, part))
        begin = RequestStream(
            stream.arrival[:number],
            stream.adapter[:number],
            stream.prompt_tokens[:number],
            stream.output_tokens[:number],
            stream.adapter_rank,
            part,
        )
        outcome = simulate_traffic(begin, candidate.config, candidate.profile, stop)
        if outcome.started_share < threshold - _CERTAIN:
            return outcome
        return simulate_traffic(stream, candidate.config, candidate.profile, stop)
