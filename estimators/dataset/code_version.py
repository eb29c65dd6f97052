"""Version of the code that makes datasets."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

__all__ = ["code_version"]

_SOURCES = {
    "twin.workload": None,
    "twin.sources": ("popularity.py", "sharegpt.py"),
    "twin.kernel": None,
    "twin.gpu": None,
    "twin.gpu.memory": ("known_models.py", "kv_capacity.py", "reserved.py"),
    "twin.engine": None,
    "estimators": ("window.py",),
    "estimators.simulation": None,
    "estimators.features": (
        "arrival_dispersion.py",
        "engine_figures.py",
        "equilibrium.py",
        "slot_queue.py",
        "traffic_statistics.py",
    ),
    "estimators.dataset": ("domain.py", "edge.py", "engines.py", "labels.py", "generation.py"),
}


@cache
def code_version() -> str:
    """Version of the package, and a digest of the modules that a simulation depends on."""
    digest = hashlib.sha256()
    for package, names in _SOURCES.items():
        files = sorted(resources.files(package).iterdir(), key=lambda entry: entry.name)
        for entry in files:
            chosen = entry.name.endswith(".py") if names is None else entry.name in names
            if chosen:
                digest.update(entry.read_bytes())
    try:
        number = version("lora-placer")
    except PackageNotFoundError:
        number = "unknown"
    return f"{number}+{digest.hexdigest()[:12]}"
