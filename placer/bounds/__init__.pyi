from .engine_mix import EngineMixRelaxation
from .idle import IdealEngines, IdleEngines
from .known_count import KnownCount, gpus_for_everything, gpus_for_rules
from .one_engine import OneEngine
from .pooled import PooledRelaxation
from .tightest import Bound, NamedRelaxation, tightest_bound

__all__ = [
    "Bound",
    "EngineMixRelaxation",
    "IdealEngines",
    "IdleEngines",
    "KnownCount",
    "NamedRelaxation",
    "OneEngine",
    "PooledRelaxation",
    "gpus_for_everything",
    "gpus_for_rules",
    "tightest_bound",
]
