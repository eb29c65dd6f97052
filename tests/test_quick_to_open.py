"""What is imported, asked or mistyped is answered before any library that takes long is there."""

from __future__ import annotations

import json
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
    "placer": "from placer.console.place import run as command",
    "placer.explain": "from placer.console.explain_command import main as command",
    "placer.benchmark": "from placer.console.benchmark_command import main as command",
    "estimators": "from estimators.console.cli import main as command",
}
CALLS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout, suppress
answers = []
for arguments in json.load(sys.stdin):
    sys.argv[1:] = arguments
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as told:
        with suppress(SystemExit):
            command()
    answers.append((told.getvalue(), [name for name in HEAVY if name in sys.modules]))
print(json.dumps(answers))
"""
WRONG = {
    "estimatr=ml": "did you mean estimator?",
    "estimator=magic": "accepted: cascade, ml, twin",
    "strategy.depth=abc": "strategy.depth: there is no such key",
    "strategy.heuristics_estimates=abc": "give an integer",
    "estimator=cascade estimator.certain=abc": "give a number",
    "estimator.seeds=[]": "there is none",
    "objective=gpu_count_slo objective.magic=1": "no such key",
    "--magic": "unrecognized arguments: --magic",
    "workload=adapters workload.path=missing.csv": "missing.csv: there is no such file",
    "workload=adapters workload.path=malformed.csv": "row 2",
    "previous=missing": "missing: there is no such file",
    "rules=missing.yaml": "missing.yaml: there is no such file",
    "max_gpus=0": "max_gpus",
}
WRONG_OF_OTHERS = [
    ("placer.explain", "missing"),
    ("placer.benchmark", "--instances missing"),
    ("estimators", "num_scenarios=many"),
    ("estimators", "profile=magic"),
]

Answers = dict[tuple[str, str], tuple[str, list[str]]]


def run(code: str, folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """A program that was run in a folder, and what it told."""
    return subprocess.run(
        [sys.executable, "-c", code], input=text, capture_output=True, text=True, cwd=folder
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """By command and arguments, what is told and which heavy libraries are there after that.

    A command is called in one process again and again: each would take a second to start.
    """
    folder = tmp_path_factory.mktemp("commands")
    (folder / "malformed.csv").write_text("name,rank,rate_req_s\na,8,often\n")
    wrong = [*(("placer", arguments) for arguments in WRONG), *WRONG_OF_OTHERS]
    found = {}
    for name, command in COMMANDS.items():
        calls = ["--help", *(arguments for of, arguments in wrong if of == name)]
        code = f"HEAVY = {HEAVY.split()}\n{command}\n{CALLS}"
        done = run(code, folder, json.dumps([arguments.split() for arguments in calls]))
        assert done.returncode == 0, done.stderr
        for arguments, (told, heavy) in zip(calls, json.loads(done.stdout), strict=True):
            found[name, arguments] = told, heavy
    return found


@pytest.mark.parametrize("package", ["placer", "estimators", "twin"])
def test_importing_a_package(package: str, tmp_path: Path) -> None:
    assert run(f"import {package}" + REPORT, tmp_path).stderr == "[]"


def test_stating_a_problem_and_how_it_is_to_be_solved(tmp_path: Path) -> None:
    code = """
import placer
problem = placer.Problem.from_adapters_csv("adapters.csv", "h100_80gb_llama31_8b")
how = placer.Portfolio(), placer.TwinEstimator(), placer.GpuCount(), placer.Verifier()
"""
    (tmp_path / "adapters.csv").write_text("name,rank,rate_req_s\na,8,0.5\n")
    assert run(code + REPORT, tmp_path).stderr == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, answers: Answers) -> None:
    assert answers[command, "--help"] == ("", [])


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_input(arguments: str, answers: Answers) -> None:
    error, heavy = answers["placer", arguments]
    assert WRONG[arguments] in error
    assert heavy == []


@pytest.mark.parametrize(("command", "arguments"), WRONG_OF_OTHERS)
def test_wrong_input_of_other_commands(command: str, arguments: str, answers: Answers) -> None:
    error, heavy = answers[command, arguments]
    assert error.startswith("error: ")
    assert heavy == []
