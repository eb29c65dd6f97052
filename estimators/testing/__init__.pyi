from .estimator_contract import EstimatorContract
from .estimator_rules import EstimatorRules, check_estimator
from .examples import example_adapters, example_base, example_profile

__all__ = [
    "EstimatorContract",
    "EstimatorRules",
    "check_estimator",
    "example_adapters",
    "example_base",
    "example_profile",
]
