"""Many engines behind a router: shifts of traffic, failures, migrations, and processes of one's own."""

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
