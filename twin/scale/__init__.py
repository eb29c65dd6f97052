"""Profiles of GPUs that nobody measured; ``python -m twin.scale``."""

from __future__ import annotations

from twin.scale.bounds import Bound, GpuRatios
from twin.scale.scaled_profile import scale_profile

__all__ = ["Bound", "GpuRatios", "scale_profile"]
