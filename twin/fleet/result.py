"""FleetResult: what a simulated fleet did, GPU by GPU and altogether."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.engine.outcome import EngineOutcome
from twin.engine.simulation_result import RequestRecords, SimulationResult, TimeSeries
from twin.engine.summary import summarize
from twin.fleet.engine_run import EngineRun, Window
from twin.fleet.event import FleetEvent
from twin.fleet.traffic import Arrivals

__all__ = ["FleetResult", "FleetRoutes", "gpu_result", "join_records", "join_series"]


@dataclass(frozen=True, slots=True)
class FleetRoutes:
    """Where the requests went, one entry for each in order of arrival; all of shape (n,).

    Parameters
    ----------
    gpu : ndarray
        Index of the GPU that had it last; -1 where there was none, or it was lost.
    attempts : ndarray
        GPUs to which it was sent, one after the other.
    lost : ndarray
        Whether nobody answers it: its GPU failed, or none was up for its adapter.
    """

    gpu: NDArray[np.int64]
    attempts: NDArray[np.int64]
    lost: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FleetResult:
    """Figures of one simulated window of a fleet.

    Every request finishes, is turned away by an engine, is lost, or is in the backlog.

    Parameters
    ----------
    total : SimulationResult
        All GPUs together, with the requests of all clients as the offered traffic. Latencies count
        from the arrival at the fleet; shares of time and memory are means over the GPUs, and the
        distinct adapters of the GPUs' batches are added.
    gpus : mapping of str to SimulationResult
        Each GPU by name, with what was sent to it as the offered traffic.
    num_lost : int
        Requests that nobody answers: their GPU failed, or none was up for their adapter.
    num_retried : int
        How often a request was sent to another GPU because its own had failed.
    aborted : mapping of str to int
        Requests that each GPU had when it failed; they are neither finished nor in its backlog.
    down_seconds : mapping of str to float
        How long each GPU was down.
    events : tuple of FleetEvent
        What happened, in order.
    routes : FleetRoutes or None
        Where the requests went, where records were asked for.
    hit_rate : float
        Part of the requests for adapters whose adapter was in a slot of the engine when they came
        to it, the step under way then completed; NaN where it was not asked for.
    """

    total: SimulationResult
    gpus: Mapping[str, SimulationResult]
    num_lost: int
    num_retried: int
    aborted: Mapping[str, int]
    down_seconds: Mapping[str, float]
    events: tuple[FleetEvent, ...]
    routes: FleetRoutes | None = None
    hit_rate: float = math.nan


def gpu_result(
    runs: Sequence[EngineRun],
    outcomes: Sequence[EngineOutcome],
    window: Window,
    records: bool,
) -> SimulationResult:
    """Figures of one GPU, on which these engines ran one after the other."""
    number = sum(outcome.totals.num_requests for outcome in outcomes)
    offered = 0
    for run in runs:
        sent, _ = run.requests()
        offered += int(sent.prompt.sum() + sent.output.sum())
    return summarize(
        outcomes,
        window.duration,
        number,
        offered,
        records=_in_turn([run.records() for run in runs]) if records else None,
        series=join_series([run.series() for run in runs], 1) if window.resolution else None,
    )


def join_series(parts: Sequence[TimeSeries], num_gpus: int) -> TimeSeries:
    """Sum of the engines' requests and adapters, and the mean over the GPUs of the KV cache's use.

    The engines of one GPU are zero when another one runs.
    """
    return TimeSeries(
        parts[0].time,
        np.sum([part.running for part in parts], axis=0),
        np.sum([part.waiting for part in parts], axis=0),
        np.sum([part.kv_usage for part in parts], axis=0) / num_gpus,
        np.sum([part.adapters for part in parts], axis=0),
    )


def join_records(
    engines: Sequence[Sequence[EngineRun]], clients: Arrivals
) -> tuple[RequestRecords, FleetRoutes]:
    """What has become of each request in the end, and where.

    Parameters
    ----------
    engines : sequence of sequence of EngineRun
        Those of each GPU.
    clients : Arrivals
        All requests of the fleet, of shape (n,).
    """
    n = clients.arrival.size
    records = RequestRecords(
        arrival=clients.arrival,
        first_token=np.full(n, np.nan),
        finish=np.full(n, np.nan),
        adapter=clients.adapter,
        preemptions=np.zeros(n, np.int32),
        rejected=np.zeros(n, np.bool_),
    )
    routes = FleetRoutes(np.full(n, -1), np.zeros(n, np.int64), np.ones(n, np.bool_))
    for gpu, runs in enumerate(engines):
        for run in runs:
            _, number = run.requests()
            np.add.at(routes.attempts, number, 1)
            kept = ~run.aborted()
            own, number = run.records(), number[kept]
            routes.gpu[number] = gpu
            routes.lost[number] = False
            for name in ("first_token", "finish", "preemptions", "rejected"):
                getattr(records, name)[number] = getattr(own, name)[kept]
    return records, routes


def _in_turn(parts: Sequence[RequestRecords]) -> RequestRecords:
    names = ("arrival", "first_token", "finish", "adapter", "preemptions", "rejected")
    return RequestRecords(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )
