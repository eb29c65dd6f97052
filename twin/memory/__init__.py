"""GPU memory of an engine: weights, adapter slots and the KV cache that is left."""

from __future__ import annotations

from twin.memory.architecture import Architecture
from twin.memory.capacity_table import CapacityTable, capacity_table, most_slots
from twin.memory.engines import capacity_model
from twin.memory.fit import CapacityResiduals, fit_kv_capacity
from twin.memory.hugging_face import architecture_from_config
from twin.memory.known_models import KNOWN_MODELS, known_model
from twin.memory.kv_capacity import KvCapacityModel

__all__ = [
    "KNOWN_MODELS",
    "Architecture",
    "CapacityResiduals",
    "CapacityTable",
    "KvCapacityModel",
    "architecture_from_config",
    "capacity_model",
    "capacity_table",
    "fit_kv_capacity",
    "known_model",
    "most_slots",
]
