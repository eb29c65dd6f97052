from .change import Change, Wave
from .deployment import Deployment, EngineGroup, ServedAdapter
from .nothing import Nothing
from .target import DeploymentTarget
from .vllm_scripts import VllmScripts

__all__ = [
    "Change",
    "Deployment",
    "DeploymentTarget",
    "EngineGroup",
    "Nothing",
    "ServedAdapter",
    "VllmScripts",
    "Wave",
]
