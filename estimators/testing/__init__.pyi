from .estimator_contract import EstimatorContract
from .examples import example_adapters, example_profile

__all__ = ["EstimatorContract", "example_adapters", "example_profile"]
