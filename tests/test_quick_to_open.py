"""What is imported, asked or mistyped is answered before any library that takes long is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = "numba scipy sklearn lightgbm ortools pulp pyarrow matplotlib joblib simpy"
REPORT = f"""
import sys
sys.stderr.write(str([name for name in {HEAVY.split()} if name in sys.modules]))
"""
COMMANDS = {
    "placer": "import sys; from placer.console.place import run; status = run()",
    "placer.explain": "from placer.console.explain_command import main; status = main()",
    "placer.benchmark": "from placer.console.benchmark_command import main; status = main()",
    "estimators": "from estimators.console.cli import main; status = main()",
}


def run(code: str, folder: Path, *arguments: str) -> tuple[str, list[str]]:
    """What a program told on the standard error stream, and heavy libraries that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    told, _, heavy = done.stderr.rpartition("[")
    assert heavy, done.stderr
    return told, heavy.rstrip("]").split()


@pytest.mark.parametrize("package", ["placer", "estimators", "twin"])
def test_importing_a_package(package: str, tmp_path: Path) -> None:
    assert run(f"import {package}", tmp_path) == ("", [])


def test_stating_a_problem_and_how_it_is_to_be_solved(tmp_path: Path) -> None:
    code = """
import placer
problem = placer.Problem.from_adapters_csv("adapters.csv", "h100_64gb_llama31_8b")
how = placer.Portfolio(), placer.TwinEstimator(), placer.GpuCount(), placer.Verifier()
"""
    (tmp_path / "adapters.csv").write_text("name,rank,rate_req_s\na,8,0.5\n")
    assert run(code, tmp_path) == ("", [])


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, tmp_path: Path) -> None:
    code = f"try:\n    {COMMANDS[command]}\nexcept SystemExit:\n    pass"
    assert run(code, tmp_path, "--help") == ("", [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("estimatr=ml", "did you mean estimator?"),
        ("estimator=magic", "accepted: cascade, ml, twin"),
        ("strategy.depth=abc", "strategy.depth: there is no such key"),
        ("strategy.heuristics_estimates=abc", "give an integer"),
        ("estimator=cascade estimator.certain=abc", "give a number"),
        ("estimator.seeds=[]", "there is none"),
        ("objective=gpu_count_slo objective.magic=1", "no such key"),
        ("--magic", "unrecognized arguments: --magic"),
        ("workload=adapters workload.path=missing.csv", "missing.csv: there is no such file"),
        ("workload=adapters workload.path=malformed.csv", "row 2"),
        ("previous=missing", "missing: there is no such file"),
        ("rules=missing.yaml", "missing.yaml: there is no such file"),
        ("max_gpus=0", "max_gpus"),
    ],
)
def test_wrong_input(arguments: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "malformed.csv").write_text("name,rank,rate_req_s\na,8,often\n")
    error, heavy = run(COMMANDS["placer"], tmp_path, *arguments.split())
    assert told in error
    assert heavy == []


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("placer.explain", "missing"),
        ("placer.benchmark", "--instances missing"),
        ("estimators", "num_scenarios=many"),
        ("estimators", "profile=magic"),
    ],
)
def test_wrong_input_of_other_commands(command: str, arguments: str, tmp_path: Path) -> None:
    error, heavy = run(COMMANDS[command], tmp_path, *arguments.split())
    assert error.startswith("error: ")
    assert heavy == []
