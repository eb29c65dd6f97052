from .dlora_proactive import DloraProactive
from .hrw import Hrw
from .least_loaded import LeastLoaded
from .lora_serve import LoraServe
from .max_backbone import MaxBackbone
from .random import Random

__all__ = ["DloraProactive", "Hrw", "LeastLoaded", "LoraServe", "MaxBackbone", "Random"]
