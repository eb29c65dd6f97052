"""Settings of a calibration that starts from a profile of the package."""

from __future__ import annotations

from tests.twin.calibrate.known_costs import TRUE
from twin.calibrate.settings import Settings
from twin.gpu.datasheet import gpu

__all__ = ["SETTINGS"]

SETTINGS = Settings(
    "mine",
    "llama-3.1-8b-instruct",
    "0.8.5",
    gpu("H100-80GB"),
    TRUE.kv_capacity_model.architecture,
    base=TRUE,
)
