"""What counts as starved is stated once, and obeyed by whoever answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from placer.console import place as cli
from placer.explain import twin_judges
from placer.gpu.evaluator import Evaluator
from placer.objectives import FewestGpus, GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing.examples import example_problem
from placer.verification.verify import Verifier
from twin.gpu.read_profile import read_profile
from twin.sources.adapter_file import read_adapters
from twin.sources.sharegpt import sharegpt_model

PROFILE = "h100_64gb_llama31_8b"
TWIN = TwinEstimator(Window(60.0))


@pytest.fixture
def adapters(tmp_path: Path) -> Path:
    """A file of 60 adapters that need fewer GPUs where half of the traffic is enough."""
    rows = [f"a{i:02d},{(8, 16, 32)[i % 3]},{(4.8, 2.4)[i % 2]}" for i in range(60)]
    path = tmp_path / "adapters.csv"
    path.write_text("\n".join(["name,rank,rate_req_s", *rows]) + "\n")
    return path


def gpus_of(problem: Problem) -> list[dict[str, float]]:
    result = solve(problem, FirstFit(), TWIN, FewestGpus(), verify=False)
    return [dict(plan.shares) for plan in result.placement.gpus]


def gpus_of_the_command(
    path: Path, *overrides: str, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, float]]:
    folder = path.parent / "out"
    workload = ["workload=adapters", f"workload.path={path}", f"profile={PROFILE}"]
    search = ["strategy=first_fit", "estimator.window.duration=60", "verify=none"]
    out = f"output_dir={folder}"
    monkeypatch.setattr(sys, "argv", ["placer", *workload, out, *search, *overrides])
    assert cli.run() == 0
    placed = json.loads((folder / "placement.json").read_text())["gpus"]
    return [{a["name"]: a["share"] for a in gpu["adapters"]} for gpu in placed]


def test_every_way_to_state_a_threshold_has_the_same_answer(
    adapters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = read_profile(PROFILE)
    workload = read_adapters(adapters, model=sharegpt_model(profile.model))
    usual = Problem(workload, (GpuType(profile),))
    half = replace(usual, starvation=StarvationRule(0.5, sustained=False))
    answers = [
        gpus_of(half),
        gpus_of(
            Problem.from_adapters_csv(adapters, PROFILE, starvation_threshold=0.5, sustained=False)
        ),
        gpus_of_the_command(
            adapters, "starvation_threshold=0.5", "sustained=false", monkeypatch=monkeypatch
        ),
    ]
    assert answers[0] == answers[1] == answers[2]
    assert (len(answers[0]), len(gpus_of(usual))) == (5, 7)


RULE = StarvationRule(0.7, adapters_starve=False)


def test_search_verification_and_explanation_ask_with_the_rule_of_the_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks, and for whatever, but that bursts are looked at in the window alone."""
    asked: list[StarvationRule] = []

    def estimate(self: object, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        asked.append(rule)
        return ClosedFormEstimator().estimate(candidates, rule)

    monkeypatch.setattr(TwinEstimator, "estimate", estimate)
    problem = replace(example_problem(12, max_gpus=4), starvation=RULE)
    result = solve(problem, FirstFit(), TWIN, GpuCount(), verify=False)
    searched = len(asked)
    Verifier(duration=30.0).verify(result, Evaluator(TWIN, GpuCount(), problem))
    verified = len(asked)
    twin_judges(problem, GpuCount(), result).strict.evaluate(result.placement.gpus)
    assert 0 < searched < verified < len(asked)
    assert set(asked) == {RULE, replace(RULE, sustained=False)}
    assert set(asked[:searched]) == {RULE}
