"""An objective of a package of the user's own, with every strategy and without our code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from placer.console.option_help import list_options
from placer.console.place import run

PACKAGE = '''
"""Tenants share as few GPUs as possible, then few GPUs."""

from dataclasses import dataclass


def tenant(name):
    return name.partition("-")[0]


@dataclass(frozen=True)
class FewTenants:
    weight: float = 10.0

    def gpu_cost(self, gpu, estimate):
        tenants = {tenant(name) for name, _ in gpu.plan.shares}
        return (1.0 + self.weight * (len(tenants) - 1),)

    def admissible(self, estimate):
        return True

    def lower_bound(self, problem, relaxation):
        return (float(relaxation.min_gpus),)

    def distinguish(self, problem, adapter):
        return tenant(adapter.name)
'''
ROWS = [f"{tenant}-{i},8,0.2" for i in range(3) for tenant in ("bank", "shop")]


@pytest.mark.parametrize("strategy", sorted(list_options("strategy")))
def test_every_strategy_takes_an_objective_of_ones_own(
    strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_pkg.py").write_text(PACKAGE)
    (tmp_path / "adapters.csv").write_text("\n".join(["name,rank,rate_req_s", *ROWS]) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_pkg", raising=False)
    monkeypatch.chdir(tmp_path)
    arguments = [
        f"strategy={strategy}",
        "objective._target_=my_pkg.FewTenants",
        "workload=adapters",
        "workload.path=adapters.csv",
        "estimator.window.duration=60",
        "max_estimates=300",
        "verify=none",
        "report=none",
        "max_gpus=4",
        "output_dir=out",
    ]
    monkeypatch.setattr(sys, "argv", ["placer", *arguments])
    assert run() == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["objective"] == "FewTenants(weight=10.0)"
    gpus = result["placement"]["gpus"]
    tenants = [{adapter["name"].split("-")[0] for adapter in gpu["adapters"]} for gpu in gpus]
    value = sum(1 + 10 * (len(group) - 1) for group in tenants)
    assert result["value"] == [value]
    assert result["lower_bound"] == [1]
