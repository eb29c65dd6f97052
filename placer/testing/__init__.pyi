from .brute_force import brute_force
from .controller_contract import ControllerContract
from .controller_rules import ControllerRules, check_controller, example_observation
from .deployment_contract import DeploymentContract
from .deployment_rules import DeploymentRules, check_target
from .examples import example_problem
from .objective_contract import ObjectiveContract
from .objective_rules import ObjectiveRules, check_objective
from .strategy_check import check_strategy
from .strategy_contract import StrategyContract
from .strategy_rules import EVERY_OBJECTIVE, OBJECTIVES, StrategyRules

__all__ = [
    "EVERY_OBJECTIVE",
    "OBJECTIVES",
    "ControllerContract",
    "ControllerRules",
    "DeploymentContract",
    "DeploymentRules",
    "ObjectiveContract",
    "ObjectiveRules",
    "StrategyContract",
    "StrategyRules",
    "brute_force",
    "check_controller",
    "check_objective",
    "check_strategy",
    "check_target",
    "example_observation",
    "example_problem",
]
