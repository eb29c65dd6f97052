"""ControllerOutcome: how requests fared under a controller."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from placer.problem.json_numbers import finite
from twin.engine.simulation_result import RequestRecords
from twin.fleet import FleetResult

__all__ = ["ControllerOutcome", "starved_adapters"]


@dataclass(frozen=True, slots=True)
class ControllerOutcome:
    """Figures of one run of a controller.

    Parameters
    ----------
    hit_rate : float
        Part of the requests whose adapter is in a slot of the engine when they come to it, the
        step under way then completed; NaN where none came.
    num_loads : int
        How often an adapter was copied into a slot: churn.
    route_changes : int
        Pairs of an adapter and an engine that began or ceased to be routed, after the first
        decision.
    num_starved : int
        Adapters that starve; see `starved_adapters`.
    num_requests : int
        Requests that arrived.
    mean_ttft_ms, p99_ttft_ms, mean_tpot_ms, p99_tpot_ms : float
        Latencies of those that were answered, in milliseconds.
    served_throughput : float
        Tokens/s that all engines processed.
    decision_seconds : float
        Mean time that a decision took, in seconds of this machine.
    """

    hit_rate: float
    num_loads: int
    route_changes: int
    num_starved: int
    num_requests: int
    mean_ttft_ms: float
    p99_ttft_ms: float
    mean_tpot_ms: float
    p99_tpot_ms: float
    served_throughput: float
    decision_seconds: float

    @classmethod
    def of(
        cls, result: FleetResult, num_starved: int, route_changes: int, decision_seconds: float
    ) -> ControllerOutcome:
        """Figures of a simulated fleet that counted hits."""
        total = result.total
        return cls(
            hit_rate=result.hit_rate,
            num_loads=total.adapter_loads,
            route_changes=route_changes,
            num_starved=num_starved,
            num_requests=total.num_requests,
            mean_ttft_ms=1000 * total.ttft_mean,
            p99_ttft_ms=1000 * total.ttft_p99,
            mean_tpot_ms=1000 * total.tpot_mean,
            p99_tpot_ms=1000 * total.tpot_p99,
            served_throughput=total.served_throughput,
            decision_seconds=decision_seconds,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; None where a number is unknown."""
        return {name: finite(value) for name, value in asdict(self).items()}


def starved_adapters(
    records: RequestRecords, num_adapters: int, until: float, threshold: float
) -> int:
    """Adapters of whose requests less than a part has a first token at the end.

    Parameters
    ----------
    records : RequestRecords
        Of all requests.
    num_adapters : int
    until : float
        Requests that arrive later do not count, as nobody can say whether they would have waited.
    threshold : float
        That part.
    """
    counted = records.arrival < until
    adapter = records.adapter[counted]
    came = np.bincount(adapter, minlength=num_adapters)
    answered = ~np.isnan(records.first_token[counted])
    served = np.bincount(adapter[answered], minlength=num_adapters)
    return int(np.count_nonzero(served < threshold * came))
