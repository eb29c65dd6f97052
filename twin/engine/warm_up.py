"""Warm-up: has the simulation compiled before anyone measures time."""

from __future__ import annotations

from twin.engine.simulate import simulate
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

__all__ = ["warm_up"]


def warm_up(profile: ServingProfile) -> None:
    """Compile the simulation of an engine, or read it from the cache of an earlier run.

    The first time on a machine this takes up to a minute, with the cache a fraction of a second,
    and within a process that has done it milliseconds.

    Parameters
    ----------
    profile : ServingProfile
        Any; the compiled code is the same for all.
    """
    adapter = Adapter("warm-up", 8, 1.0, CopulaLengths(FixedLength(10), FixedLength(10)))
    simulate(Workload((adapter,)), profile.engine_config(1, 8), profile, duration=10.0)
