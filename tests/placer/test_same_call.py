"""The command line and Python are the same call: equal problems have equal results both ways."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import placer
from estimators.starvation import StarvationRule
from placer.console.place import run
from placer.console.rules_file import read_rules
from twin.gpu.read_profile import read_profile

PROFILE, OTHER = "h100_80gb_llama31_8b", "h100_64gb_qwen25_7b"
WINDOW = placer.Window(60.0, 50)
SEARCH = ["max_estimates=150", "time_limit=null", "strategy=first_fit_decreasing", "report=none"]
ESTIMATOR = ["estimator.window.duration=60", "estimator.window.min_requests=50"]


def adapters(path: Path, number: int, rate: float) -> Path:
    rows = [f"a{i:02d},{(8, 16, 32)[i % 3]},{rate * (1 + i % 4)},300,150\n" for i in range(number)]
    header = "name,rank,rate_req_s,prompt_tokens_mean,output_tokens_mean\n"
    path.write_text(header + "".join(rows))
    return path


def problem(path: Path, **fields: Any) -> placer.Problem:
    fleet = fields.pop("fleet", (placer.GpuType(read_profile(PROFILE)),))
    return placer.Problem(placer.read_adapters(path), fleet, **fields)


def from_python(stated: placer.Problem, *, verify: bool = False) -> placer.Result:
    return placer.solve(
        stated,
        placer.FirstFit(decreasing=True),
        placer.TwinEstimator(WINDOW),
        placer.FewestGpus(),
        placer.Budget(max_estimates=150),
        verify=verify,
    )


def from_command_line(
    monkeypatch: pytest.MonkeyPatch, path: Path, *overrides: str, verify: str = "none"
) -> tuple[dict[str, Any], Path]:
    """The result that was written, and its folder."""
    folder = path.parent / f"out-{len(list(path.parent.iterdir()))}"
    monkeypatch.setattr(
        sys,
        "argv",
        [
            *("placer", "workload=adapters", f"workload.path={path}", f"output_dir={folder}"),
            *(*SEARCH, *ESTIMATOR, f"verify={verify}", *overrides),
        ],
    )
    assert run() == 0
    return json.loads((folder / "result.json").read_text()), folder


def same(written: dict[str, Any], result: placer.Result) -> None:
    expected = json.loads(json.dumps(result.to_dict()))
    for key in expected.keys() - {"runtime"}:
        assert written[key] == expected[key], key


def test_a_plain_problem_verified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = adapters(tmp_path / "adapters.csv", 12, 0.4)
    written, _ = from_command_line(monkeypatch, path, verify="twin")
    same(written, from_python(problem(path), verify=True))


def test_what_counts_as_starved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = adapters(tmp_path / "adapters.csv", 60, 0.9)
    overrides = ["starvation_threshold=0.5", "adapters_starve=false", "sustained=false"]
    written, _ = from_command_line(monkeypatch, path, *overrides)
    lax = from_python(problem(path, starvation=StarvationRule(0.5, False, sustained=False)))
    same(written, lax)
    assert len(lax.placement.gpus) < len(from_python(problem(path)).placement.gpus)


def test_rules_and_a_mixed_fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = adapters(tmp_path / "adapters.csv", 12, 0.4)
    rules = tmp_path / "rules.yaml"
    rules.write_text("min_replicas: {a03: 2}\napart: [[a00, a01]]\n")
    fleet = f"fleet=[{{profile:{OTHER},count:2}},{{profile:{PROFILE}}}]"
    written, _ = from_command_line(monkeypatch, path, f"rules={rules}", fleet)
    types = (placer.GpuType(read_profile(OTHER), 2), placer.GpuType(read_profile(PROFILE)))
    same(written, from_python(problem(path, fleet=types, rules=read_rules(rules))))


@pytest.mark.parametrize("move_cost", [None, 0.3])
def test_a_previous_placement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, move_cost: float | None
) -> None:
    _, before = from_command_line(monkeypatch, adapters(tmp_path / "before.csv", 12, 0.4))
    path = adapters(tmp_path / "after.csv", 14, 0.5)
    cost = [] if move_cost is None else [f"move_cost={move_cost}"]
    written, _ = from_command_line(monkeypatch, path, f"previous={before}", *cost)
    previous = placer.Placement.read(before / "placement.json")
    stated = problem(path, previous=previous, move_cost=move_cost)
    result = from_python(stated)
    same(written, result)
    moved = placer.plan_migration(previous, result.placement, stated).num_moves
    gpus = len(result.placement.gpus)
    assert result.value == pytest.approx((gpus + moved * (move_cost or 0), moved))


def test_first_fit_keeps_what_runs_well(tmp_path: Path) -> None:
    path = adapters(tmp_path / "adapters.csv", 12, 0.4)
    before = from_python(problem(path)).placement
    stated = problem(path, previous=before)
    after = from_python(stated)
    assert placer.plan_migration(before, after.placement, stated).num_moves == 0


def test_a_plan_is_not_verified_by_what_it_was_made_for(tmp_path: Path) -> None:
    path = adapters(tmp_path / "adapters.csv", 3, 0.4)
    with pytest.raises(placer.InputError, match="verification seeds: the estimator that searches"):
        placer.solve(
            problem(path),
            placer.FirstFit(),
            placer.TwinEstimator(WINDOW, seeds=(0, 1002)),
            placer.GpuCount(),
        )
