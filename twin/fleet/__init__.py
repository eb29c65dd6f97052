"""Many engines behind a router: traffic that shifts, failures, migrations, own processes."""

from __future__ import annotations

from twin.fleet.event import EventKind, FleetEvent
from twin.fleet.fleet import Fleet
from twin.fleet.gpu import FleetGpu, GpuState
from twin.fleet.result import FleetResult, FleetRoutes

__all__ = [
    "EventKind",
    "Fleet",
    "FleetEvent",
    "FleetGpu",
    "FleetResult",
    "FleetRoutes",
    "GpuState",
]
