"""What a simulation says about an engine: the figures that models learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate
from estimators.simulation.simulated_traffic import in_mixed_order, simulate_traffic
from twin.engine.latency import LATENCY_NAMES
from twin.workload.workload import Workload

__all__ = ["LABELS", "simulate_labels"]

LABELS = (
    "served_share",
    "starved",
    "neglected",
    "starved_or_neglected",
    *LATENCY_NAMES,
    "busy",
    "num_seeds",
)
"""Means over seeds: the share of the traffic that is started; how often that is below the
threshold, how often an adapter's is, and how often either; latencies in seconds; the share of time
in which the engine works; and the number of seeds."""


def simulate_labels(
    candidate: Candidate,
    seed: tuple[int, ...],
    *,
    seconds: float,
    threshold: float,
    num_requests: int,
    most_seeds: int,
) -> NDArray[np.float64]:
    """Simulate an engine that starts, under as many seeds as its noise asks for.

    Parameters
    ----------
    candidate : Candidate
    seed : tuple of int
        Of all arrivals.
    seconds : float
        Window to simulate.
    threshold : float
        Share of its traffic below which an engine, or an adapter, counts as starved.
    num_requests : int
        Requests that are simulated at least, over all seeds.
    most_seeds : int
        Simulations at most.

    Returns
    -------
    ndarray of shape (len(LABELS),)
    """
    number = int(np.clip(np.ceil(num_requests / (candidate.rate * seconds)), 1, most_seeds))
    workload = Workload(in_mixed_order(candidate.adapters))
    rows = []
    for k in range(number):
        stream = workload.sample(seconds, np.random.default_rng([*seed, k]))
        outcome = simulate_traffic(stream, candidate.config, candidate.profile)
        run = outcome.run
        starved = outcome.started_share < threshold
        neglected = outcome.smallest_started_share < threshold
        shares = (outcome.started_share, starved, neglected, starved or neglected)
        latencies = (getattr(run, name) for name in LATENCY_NAMES)
        rows.append([*shares, *latencies, run.busy_fraction, number])
    figures = np.array(rows, np.float64)
    known = ~np.isnan(figures)
    total = np.where(known, figures, 0.0).sum(axis=0)
    means = np.full(len(LABELS), np.nan)
    np.divide(total, known.sum(axis=0), out=means, where=known.any(axis=0))
    return means
