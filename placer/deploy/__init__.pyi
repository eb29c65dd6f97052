from .aibrix import Aibrix
from .change import Change, Wave
from .compose import Compose
from .deployment import Deployment, EngineGroup, ServedAdapter
from .dynamo import Dynamo
from .kserve import Kserve
from .llm_d import LlmD
from .nothing import Nothing
from .production_stack import ProductionStack
from .ray import Ray
from .target import DeploymentTarget
from .vllm_scripts import VllmScripts

__all__ = [
    "Aibrix",
    "Change",
    "Compose",
    "Deployment",
    "DeploymentTarget",
    "Dynamo",
    "EngineGroup",
    "Kserve",
    "LlmD",
    "Nothing",
    "ProductionStack",
    "Ray",
    "ServedAdapter",
    "VllmScripts",
    "Wave",
]
