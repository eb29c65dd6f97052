"""Scenario: one simulation whose speed is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import SimulationResult
from twin.gpu.profile import ServingProfile
from twin.sources.paper_workload import paper_workload
from twin.sources.rank_mix import RankMix
from twin.sources.sharegpt import sharegpt_model
from twin.workload.workload import RequestStream

__all__ = ["Scenario", "builtin_scenarios"]

_HOUR = 3600.0

# Rates in requests/s and ranks of the scenario families of arXiv 2602.24044.
_FAMILIES: tuple[tuple[Sequence[float], RankMix], ...] = (
    ((0.05, 0.0125, 0.003125), {8: 2, 16: 1}),
    ((0.1, 0.05, 0.025), (8, 16)),
    ((0.4, 0.05, 0.025), {8: 2, 32: 1}),
    ((0.8, 0.0125, 0.003125), {8: 1, 16: 2}),
    ((1.6, 0.8, 0.4), (8, 16)),
    ((3.2, 1.6, 0.1), {8: 2, 32: 1}),
)
_ADAPTERS_AND_SLOTS = ((32, 32), (96, 64), (192, 32), (256, 96), (384, 64))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulation whose speed is measured.

    Parameters
    ----------
    name, group : str
        Name of the scenario, and of those that it is summarized with.
    rate : float
        Offered requests/s.
    duration : float
        Length of the window in seconds.
    draw : callable
        Draws its requests from a seed.
    simulate : callable
        Simulates them.
    paper_seconds : float
        What the twin of arXiv 2602.24044 took for it, in seconds; NaN where that is not known.
    """

    name: str
    group: str
    rate: float
    duration: float
    draw: Callable[[int], RequestStream]
    simulate: Callable[[RequestStream], SimulationResult]
    paper_seconds: float = math.nan


def builtin_scenarios(
    profiles: Sequence[ServingProfile], duration: float = _HOUR
) -> Iterator[Scenario]:
    """Scenarios like those of the paper, from 0.7 to 627 requests/s offered.

    Each profile serves six mixes of rates and ranks with 32 to 384 adapters. Engines that do not
    start for lack of memory are left out.

    Parameters
    ----------
    profiles : sequence of ServingProfile
    duration : float
        Length of the window in seconds.
    """
    for profile in profiles:
        for rates, ranks in _FAMILIES:
            for num_adapters, slots in _ADAPTERS_AND_SLOTS:
                scenario = _builtin(profile, rates, ranks, num_adapters, slots, duration)
                if scenario is not None:
                    yield scenario


def _builtin(
    profile: ServingProfile,
    rates: Sequence[float],
    ranks: RankMix,
    num_adapters: int,
    slots: int,
    duration: float,
) -> Scenario | None:
    config = profile.engine_config(slots, max(ranks))
    if profile.memory_error(config) is not None:
        return None
    model = sharegpt_model(profile.model)
    workload = paper_workload(num_adapters, rates, ranks, model=model)
    mix = "/".join(f"{rate:g}" for rate in rates)
    return Scenario(
        name=f"{profile.name}: {num_adapters} adapters at {mix} req/s, {slots} slots",
        group=f"{num_adapters} adapters, {slots} slots",
        rate=workload.rate,
        duration=duration,
        draw=lambda seed: workload.sample(duration, np.random.default_rng(seed)),
        simulate=lambda stream: simulate_stream(stream, config, profile),
    )
