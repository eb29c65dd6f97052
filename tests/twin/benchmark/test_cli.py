"""``python -m twin.benchmark``: its table, its JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.twin.benchmark.published_runs import HEADER, ROWS
from twin.benchmark import cli
from twin.benchmark.cli import main
from twin.benchmark.scenario import Scenario
from twin.benchmark.speed import Speed

FAST = ["--duration", "2", "--repeats", "1"]


@pytest.fixture(autouse=True)
def _no_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_built_in_scenarios(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    assert main([*FAST, "--json", str(out)]) == 0
    document = json.loads(out.read_text())
    assert len(document["scenarios"]) == 60
    assert document["paper"] is None
    speedups = [row["speedup"] for row in document["scenarios"]]
    assert document["min_speedup"] == min(speedups)
    assert min(speedups) < document["median_speedup"] < max(speedups)
    assert document["without_drawing"]["median_speedup"] > document["median_speedup"]
    for row in document["scenarios"]:
        seconds = row["draw_seconds"] + row["simulate_seconds"]
        assert row["speedup"] == pytest.approx(2.0 / seconds)
    table = capsys.readouterr().out
    assert f"{document['median_speedup']:,.0f}" in table
    assert "384 adapters, 64 slots" in table
    assert "paper" not in table


def test_beside_the_twin_of_the_paper(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "h100_serving_runs.csv").write_text(f"{HEADER}\n{ROWS}")
    (folder / "authors_twin_predictions.csv").write_text("run_id,twin_wall_time_s\na,2.5\n")
    monkeypatch.setattr(cli, "builtin_scenarios", lambda profiles, duration: iter(()))
    monkeypatch.setattr(
        cli, "measure_speed", lambda scenario, repeats: Speed(scenario, 9, 0.1, 0.4)
    )
    assert main(["--reference", str(folder), "--json", "out.json"]) == 0
    document = json.loads(Path("out.json").read_text())
    assert document["paper"] == {
        "num_scenarios": 1,
        "paper_seconds_median": 2.5,
        "paper_seconds_max": 2.5,
        "our_seconds_median": 0.5,
        "our_seconds_max": 0.5,
        "times_faster_median": 5.0,
        "times_faster_min": 5.0,
    }
    assert [row["paper_seconds"] for row in document["scenarios"]] == [2.5, None]
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["all", "2", "2.0", "180", "120", "225", "150", "500.0", "2,500", "5"] in rows


def test_interruption_keeps_what_was_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def interrupted(scenario: Scenario, repeats: int) -> Speed:
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(scenario)
        return Speed(scenario, 1, 0.1, 0.1)

    monkeypatch.setattr(cli, "measure_speed", interrupted)
    assert main([*FAST, "--json", "out.json"]) == 130
    assert "interrupted after 2 of 60 scenarios" in capsys.readouterr().err
    assert len(json.loads(Path("out.json").read_text())["scenarios"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repeats", "0"], "--repeats: 0 is below 1"),
        (["--duration", "-1"], "--duration: -1.0 is not a positive number"),
        (["--duration", "nan"], "--duration: nan is not a positive number"),
        (["--profile", "tpu"], "'tpu' is unknown"),
        (["--reference", "nowhere"], "h100_serving_runs.csv"),
    ],
)
def test_refusals(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in " ".join(captured.err.split())
    assert captured.out == ""
