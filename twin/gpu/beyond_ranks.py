"""Engines whose slots are larger than any that a profile was measured with."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile

__all__ = ["BY_DOUBLING", "profile_for"]

BY_DOUBLING = 0.2
"""Relative error that each doubling of the rank beyond the measured ones adds, about.

Three calibrations were tried on ranks that they had not seen: rank 32 from 8 and 16 on the
published runs of the H100-64GB (throughput of starved runs 8 % off), rank 64 from 8 and 16 on the
H200, which tell the slope of the costs badly (time per token 43 % too short), and rank 64 from up
to 32 of another GPU and version (30 %): 8, 22 and 30 % for a doubling.
"""


def profile_for(profile: ServingProfile, config: EngineConfig) -> ServingProfile:
    """The profile as it is to be believed for an engine.

    Up to the largest rank that was measured that is itself. Beyond it the memory is as exact as
    ever, as it follows from the model's shape, and costs go on linearly in the rank, which nobody
    measured there: such a profile is an estimate from itself (``estimated_from``), and its
    uncertainty has `BY_DOUBLING` for each doubling of the rank beside its own.

    Parameters
    ----------
    profile : ServingProfile
    config : EngineConfig

    Returns
    -------
    ServingProfile
        The same object each time.
    """
    if config.largest_rank <= profile.largest_rank:
        return profile
    return _beyond(profile, config.largest_rank)


@lru_cache(maxsize=1024)
def _beyond(profile: ServingProfile, rank: int) -> ServingProfile:
    added = BY_DOUBLING * math.log2(rank / profile.largest_rank)
    return replace(
        profile,
        largest_rank=rank,
        uncertainty=math.hypot(profile.uncertainty, added),
        estimated_from=profile.estimated_from or profile.name,
    )
