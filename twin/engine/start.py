"""Start: what an engine knows of its adapters when a simulation begins."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Start"]


class Start(StrEnum):
    """State of the adapters when a simulation begins."""

    WARM = "warm"
    """In host memory, as many as it holds, and known to the server, as if it ran for long."""
    FRESH = "fresh"
    """In host memory, but each one's first request is still to come."""
    COLD = "cold"
    """On disk, and each one's first request is still to come."""
