from .controller import Controller
from .min_cost_flow import MinCostFlow
from .observation import Observation
from .outcome import ControllerOutcome
from .published_method import PublishedMethod
from .replanning import Replanning
from .scenario import Scenario
from .simulate import simulate_controller

__all__ = [
    "Controller",
    "ControllerOutcome",
    "MinCostFlow",
    "Observation",
    "PublishedMethod",
    "Replanning",
    "Scenario",
    "simulate_controller",
]
