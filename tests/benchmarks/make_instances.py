"""Makes the library of instances: ``python -m tests.benchmarks.make_instances``.

The files are the library; this says how they came about, and makes them again where a family
changes. Best known values are kept for instances that stay the same.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from placer.benchmark.instance import to_yaml
from tests.benchmarks.instance_parts import LLAMA, LLAMA2, QWEN
from tests.benchmarks.planted_instances import planted
from tests.benchmarks.synthetic_instances import (
    compute_bound,
    hot,
    memory_bound,
    mixed_fleet,
    paper,
    rank_heavy,
    zipf,
)
from tests.benchmarks.trace_instances import servegen, traces

FOLDER = Path(__file__).parent / "instances"
FAMILIES = (
    *(paper, zipf, traces, servegen, rank_heavy, hot),
    *(memory_bound, compute_bound, mixed_fleet, planted),
)


def main() -> None:
    """Write all instances, with the profiles that they are for."""
    (FOLDER / "profiles").mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parents[2] / "conf" / "profile"
    for name in (LLAMA, QWEN, LLAMA2):
        shutil.copy(source / f"{name}.yaml", FOLDER / "profiles" / f"{name}.yaml")
    for family in FAMILIES:
        for data in family():
            path = FOLDER / data["family"] / f"{data['name']}.yaml"
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                data["best_known"] = _kept(path, data)
            path.write_text(to_yaml(data), encoding="utf-8")


def _kept(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    """Best known values of a file whose problem is the same."""
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    same = all(before[key] == data[key] for key in data if key not in ("best_known", "about"))
    kept: dict[str, Any] = before["best_known"] if same else data["best_known"]
    return kept


if __name__ == "__main__":
    main()
