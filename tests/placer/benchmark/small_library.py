"""A library of two instances, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from estimators.testing import example_profile
from placer.benchmark.instance import to_yaml

FORMULA = {"capacity": 10_000.0, "adapter_cost": 0.0, "slot_cost": 0.0}


def content(name: str = "one", **changes: Any) -> dict[str, Any]:
    """An instance that four GPUs serve by the formula: twelve adapters of 3,000 tokens/s."""
    return {
        "schema_version": 2,
        "name": name,
        "family": "family",
        "about": "twelve equal adapters",
        "estimator": FORMULA,
        "starvation_threshold": 0.9,
        "fleet": [{"profiles": ["gpu"], "count": None}],
        "max_gpus": None,
        "objectives": ["gpu_count"],
        "traffic": {"fixed": {"prompt": [60, 0], "output": [40, 0]}},
        "adapters": [[8, 8, 30.0, "fixed"], [4, 16, 30.0, "fixed"]],
        "best_known": {},
    } | changes


def write_library(folder: Path, *instances: dict[str, Any]) -> Path:
    """The instances below a folder, with the profile that they are for."""
    (folder / "profiles").mkdir(parents=True, exist_ok=True)
    profile = yaml.safe_dump(example_profile("gpu").to_dict())
    (folder / "profiles" / "gpu.yaml").write_text(profile)
    for data in instances or (content(), content("two", adapters=[[4, 8, 30.0, "fixed"]])):
        path = folder / data["family"] / f"{data['name']}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(to_yaml(data))
    return folder
