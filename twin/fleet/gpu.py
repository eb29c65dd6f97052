"""FleetGpu: one GPU of a fleet, its engine, and what it serves at the start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile

__all__ = ["SHARE_TOLERANCE", "FleetGpu", "GpuState"]

SHARE_TOLERANCE = 1e-6
"""By how much shares, and their sums, may be off for rounding."""


@dataclass(frozen=True, slots=True)
class FleetGpu:
    """One GPU of a fleet.

    Parameters
    ----------
    name : str
        Unique within the fleet.
    profile : ServingProfile
        What things cost.
    config : EngineConfig
        How its engine is started.
    shares : mapping of str to float
        Adapters that it serves, and which part of their requests, in (0, 1]; none for a spare.
        Requests for the base model may be among them; where no GPU has a share of them, they are
        dealt evenly to all engines of the model.

    Raises
    ------
    InputError
        If a share is out of range, or the engine would not start for lack of memory.
    """

    name: str
    profile: ServingProfile
    config: EngineConfig
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for adapter, share in self.shares.items():
            if not (math.isfinite(share) and 0 < share <= 1 + SHARE_TOLERANCE):
                raise InputError(
                    f"GPU {self.name}, share of adapter {adapter}",
                    f"{share!r} is not inside (0, 1]",
                )
        if error := self.profile.memory_error(self.config):
            raise InputError(f"GPU {self.name}", f"its engine does not start: {error}")


@dataclass(frozen=True, slots=True)
class GpuState:
    """A GPU at a moment; the engine as it is when the step under way has ended.

    Parameters
    ----------
    up : bool
        Whether its engine runs; the other fields are zero where it does not.
    running, waiting : int
        Requests.
    kv_usage : float
        Share of the KV cache in use, 0 to 1.
    shares : mapping of str to float
        Adapters that the router sends here, and which part of their requests.
    waiting_by_adapter : mapping of str to int
        Waiting requests by adapter; those without any are left out.
    on_gpu : tuple of str
        Adapters in its slots.
    """

    up: bool
    running: int
    waiting: int
    kv_usage: float
    shares: Mapping[str, float]
    waiting_by_adapter: Mapping[str, int]
    on_gpu: tuple[str, ...] = ()
