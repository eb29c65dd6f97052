"""The example of a plug-in, installed into an environment of its own and used there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

PLUGIN = ROOT / "docs" / "examples" / "plugin"
FROM_PYTHON = """
from dataclasses import replace

import placer
from fleet_plugin.deploy import Supervisor
from fleet_plugin.estimator import TokenBudget
from fleet_plugin.objective import Tenants
from fleet_plugin.strategy import OneEach

problem = placer.Problem.from_adapters_csv("adapters.csv", profile="h100_80gb_llama31_8b")
result = placer.solve(problem, OneEach(), TokenBudget(), Tenants(), verify=False)
placer.write_outputs("out", problem, result, target=Supervisor("me"))
later = replace(problem, previous=result.placement)
result = placer.solve(later, OneEach(), TokenBudget(), Tenants(), verify=False)
placer.write_outputs("next", later, result, target=Supervisor("me"))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that holds the plug-in, this checkout and what both need."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    program = folder / "bin" / "python"
    site = next(folder.glob("lib/python*/site-packages"))
    borrowed = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join([str(ROOT), *borrowed]) + "\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    options = ["--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, f"--python={program}", "install", *options, PLUGIN], check=True)
    return program


def run(python: Path, *arguments: str | Path, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [python, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a run of all its options, by Hydra from its own folder of options."""
    folder = tmp_path_factory.mktemp("run")
    conf = run(python, "-c", "import fleet_plugin; print(fleet_plugin.CONF)", cwd=folder).strip()
    assert Path(conf).is_relative_to(python.parents[1])
    options = [
        *("objective=tenants", "strategy=one_each", "estimator=token_budget", "deploy=supervisor"),
        *("workload.num_adapters=3", "verify=none", "output_dir=out", "deploy.user=me"),
        "report=none",
    ]
    run(python, "-m", "placer", "--config-dir", conf, *options, cwd=folder)
    return folder


def test_its_options_are_used_by_hydra(folder: Path) -> None:
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert (summary["strategy"], summary["objective"]) == ("one_each", "tenants")
    assert summary["num_gpus"] == 3
    written = json.loads((folder / "out" / "deploy" / "supervisor.json").read_text())
    assert {program["user"] for program in written["programs"].values()} == {"me"}
    assert "NOT verified" in written["warnings"][0]


def test_folders_of_its_runs_are_explained_without_being_told_to_trust_it(
    python: Path, folder: Path
) -> None:
    assert "gpu-00" in run(python, "-m", "placer.explain", "out", cwd=folder)


def test_it_is_used_from_python(python: Path, tmp_path: Path) -> None:
    (tmp_path / "adapters.csv").write_text("name,rank,rate_req_s\na-1,8,0.5\nb-1,16,0.25\n")
    run(python, "-c", FROM_PYTHON, cwd=tmp_path)
    written = json.loads((tmp_path / "out" / "deploy" / "supervisor.json").read_text())
    assert list(written["programs"]) == ["gpu-00", "gpu-01"]
    (wave,) = json.loads((tmp_path / "next" / "deploy" / "waves.json").read_text())
    assert (wave["load"], wave["stop"]) == ([["gpu-01", "a-1"]], ["gpu-00"])


def test_it_keeps_all_contracts(python: Path, tmp_path: Path) -> None:
    tests = ["-q", "-p", "no:cacheprovider", "-p", "no:slipcover", PLUGIN / "tests"]
    assert "failed" not in run(python, "-m", "pytest", *tests, cwd=tmp_path)
