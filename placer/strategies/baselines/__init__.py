"""Published methods, for comparison."""

from placer.strategies.baselines.dlora_proactive import DloraProactive
from placer.strategies.baselines.hrw import Hrw
from placer.strategies.baselines.least_loaded import LeastLoaded
from placer.strategies.baselines.lora_serve import LoraServe
from placer.strategies.baselines.max_backbone import MaxBackbone
from placer.strategies.baselines.random import Random

__all__ = ["DloraProactive", "Hrw", "LeastLoaded", "LoraServe", "MaxBackbone", "Random"]
