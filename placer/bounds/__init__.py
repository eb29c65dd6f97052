"""Bounds that no admissible placement can go below, by the estimator in use."""

from placer.bounds.engine_mix import EngineMixRelaxation
from placer.bounds.idle import IdleEngines
from placer.bounds.known_count import KnownCount, gpus_for_everything, gpus_for_rules
from placer.bounds.pooled import PooledRelaxation
from placer.bounds.tightest import Bound, NamedRelaxation, tightest_bound

__all__ = [
    "Bound",
    "EngineMixRelaxation",
    "IdleEngines",
    "KnownCount",
    "NamedRelaxation",
    "PooledRelaxation",
    "gpus_for_everything",
    "gpus_for_rules",
    "tightest_bound",
]
