"""The command line of the benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placer.benchmark.library import read_library
from placer.console import benchmark_command
from placer.console.benchmark_command import main
from tests.placer.benchmark.small_library import write_library

FEW = ["--strategies", "first_fit,random", "--time-limit", "30"]


def test_rows_tables_and_updates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_library(tmp_path / "library")
    out = tmp_path / "rows.json"
    assert main([*FEW, "--instances", str(folder), "--json", str(out), "--update"]) == 0
    rows = json.loads(out.read_text())
    assert [(row["instance"], row["strategy"]) for row in rows] == [
        *(("one", "first_fit"), ("one", "random")),
        *(("two", "first_fit"), ("two", "random")),
    ]
    assert {row["rule"] for row in rows} == {"sustained"}
    wanted = {
        *("instance", "strategy", "objective", "estimator", "gpus", "value", "lower_bound", "gap"),
        *("runtime_s", "num_estimates", "verified", "starved_gpus", "memory_errors"),
    }
    assert wanted <= set(rows[0])
    shown = capsys.readouterr()
    for title in ("Strategies", "Fewer GPUs than the baselines", "GPUs by family"):
        assert title in shown.out
    assert "2 instances updated: one, two" in shown.err
    assert main(["--tables", str(out)]) == 0
    assert capsys.readouterr().out == shown.out
    assert main(["--tables", str(tmp_path / "none.json")]) == 2
    compared = [*("--tables", str(out)), *("--compare", str(tmp_path / "compared"))]
    assert main(compared) == 0
    page = (tmp_path / "compared" / "comparison.html").read_text()
    assert "Strategies on 2 instances" in page
    assert "Differences from strategy=first_fit" in page
    assert main([*compared, "--baseline", "magic"]) == 2
    capsys.readouterr()
    assert read_library(folder)[0].best_known["gpu_count"].value == (4.0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategies", "magic"], "strategy: 'magic' is unknown; accepted: "),
        (["--objectives", "magic"], "objective: 'magic' is unknown"),
        (["--estimator", "magic"], "estimator: 'magic' is unknown"),
        (["--suite", "magic"], "--suite: 'magic' is unknown"),
        (["--instances", "nowhere"], "nowhere: it holds no instances"),
        (["--curves", "curves.gif"], "--curves: curves.gif has no known ending; .svg, .png"),
        (["--curves", "curves.svg"], "--curves: a curve needs several limits; such as"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_library(tmp_path)
    assert main(["--instances", str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_value_against_the_limits_on_the_estimates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_library(tmp_path / "library")
    out, drawn = tmp_path / "rows.json", tmp_path / "curves.svg"
    limits = [*("--max-estimates", "40,4,400,40"), "--no-verification"]
    arguments = ["--suite", "one", "--strategies", "first_fit", *limits, "--curves", str(drawn)]
    assert main([*arguments, "--instances", str(folder), "--json", str(out)]) == 0
    rows = json.loads(out.read_text())
    assert [row["max_estimates"] for row in rows] == [4, 40, 400]
    assert [row["status"] for row in rows] == ["unchecked", "optimal", "optimal"]
    assert rows[2] == rows[1] | {"max_estimates": 400}, "it had ended before"
    assert drawn.read_text().count("<svg") == 1
    assert "limit" in capsys.readouterr().out
    again = tmp_path / "again.svg"
    assert main(["--tables", str(out), "--curves", str(again)]) == 0
    assert again.read_bytes() == drawn.read_bytes()


def test_the_papers_rule_is_one_word_away(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "library")
    arguments = ["--suite", "one", "--strategies", "first_fit", "--rule", "paper", "--update"]
    assert main([*arguments, "--instances", str(folder)]) == 0
    assert "gpu_count" in read_library(folder, ["one"], "paper")[0].best_known
    assert read_library(folder, ["one"])[0].best_known == {}


def test_another_estimator_may_judge(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "library")
    out = tmp_path / "rows.json"
    arguments = ["--suite", "one", "--strategies", "first_fit", "--estimator", "twin"]
    assert main([*arguments, "--instances", str(folder), "--json", str(out)]) == 0
    (row,) = json.loads(out.read_text())
    assert row["estimator"] == "closed_form"  # the instance is not about the twin


@pytest.mark.parametrize("text", ["", "10,many", "1.5"])
def test_limits_are_whole_numbers(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--max-estimates", text])
    assert f"{text!r} is no list of whole numbers" in capsys.readouterr().err


def test_a_fault_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("out of it")

    monkeypatch.setattr(benchmark_command, "run_instance", fail)
    folder = write_library(tmp_path / "library")
    assert main([*FEW, "--instances", str(folder)]) == 70
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: IndexError: out of it; this is a fault of the program")
