"""FleetEvent: what happened to a fleet, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EventKind", "FleetEvent"]


class EventKind(StrEnum):
    """What happened."""

    FAILED = "failed"
    """A GPU went down."""
    RESTORED = "restored"
    """A GPU came back."""
    SHIFTED = "shifted"
    """An adapter's rate changed."""
    LOADING = "loading"
    """An adapter is being loaded where it shall go."""
    MIGRATED = "migrated"
    """The router sends an adapter's requests there."""
    ROUTED = "routed"
    """The router sends an adapter's requests to other GPUs, or in other parts."""
    ABANDONED = "abandoned"
    """It does not go there, as that GPU went down meanwhile or the source has no share now."""


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """What happened to a fleet.

    Parameters
    ----------
    time : float
        Seconds since the start of the window.
    kind : EventKind
    gpu : str
        GPU that failed or came back, or from which an adapter goes.
    adapter : str
        Adapter whose rate changed or that goes elsewhere.
    target : str
        GPU to which it goes.
    value : float or None
        New rate in requests/s, or share of the adapter's requests that goes elsewhere.
    """

    time: float
    kind: EventKind
    gpu: str = ""
    adapter: str = ""
    target: str = ""
    value: float | None = None
