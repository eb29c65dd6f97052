"""Adapters of larger ranks than a profile was measured with."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from twin.files.errors import ExtrapolationWarning
from twin.gpu.beyond_ranks import profile_for

if TYPE_CHECKING:
    from placer.problem.problem import Problem

__all__ = ["warn_of_large_ranks"]


def warn_of_large_ranks(problem: Problem) -> None:
    """Warn where costs have to be extrapolated, as adapters are larger than measured ones.

    Warns
    -----
    ExtrapolationWarning
        Once for each profile.
    """
    ranks = [problem.rules.engine_rank(a.rank) for a in problem.workload.adapters]
    for gpu_type in problem.fleet:
        profile = gpu_type.profile
        larger = [rank for rank in ranks if rank > profile.largest_rank]
        if not larger:
            continue
        config = gpu_type.engine_alone(max(larger))
        doubt = profile_for(profile, config).uncertainty
        warnings.warn(
            f"{len(larger)} adapters have ranks above {profile.largest_rank}, the largest that "
            f"profile {profile.name} was measured with: what they cost is extrapolated, and "
            f"throughput at rank {config.max_lora_rank} uncertain by {doubt:.0%}",
            ExtrapolationWarning,
            stacklevel=3,
        )
