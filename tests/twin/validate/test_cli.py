"""python -m twin.validate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twin.measured import bench_files
from tests.twin.measured.run_rows import write
from tests.twin.validate.compared_rows import FAILED, HEAVY, LIGHT
from twin.validate import cli
from twin.validate.cli import main


def test_the_document_has_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = write(tmp_path, LIGHT, HEAVY, FAILED)
    assert main([str(runs), "--json", str(tmp_path / "out.json")]) == 0
    document = json.loads((tmp_path / "out.json").read_text())
    for group, n in (("all", 2), ("not_starved", 1), ("starved", 1)):
        figures = document[group]
        assert figures["n"] == n
        names = ("throughput", "completed_throughput", "tpot", "itl", "ttft", "p99_ttft")
        errors = {f"{name}_{measure}_pct" for name in names for measure in ("smape", "mape")}
        assert set(figures) == {"n", *errors}
    assert document["not_starved"]["throughput_smape_pct"] < 3
    assert document["starvation_macro_f1"] == 1
    assert document["memory_error_accuracy"] == 1
    assert document["median_speedup"] >= document["min_speedup"] > 100
    assert document["models"]["llama-3.1-8b-instruct"]["all"] == document["all"]
    shown = capsys.readouterr().out
    for text in ("not starved", "The 10 runs", "Memory error", "speed on one core"):
        assert text in shown


def test_results_of_a_benchmark_need_no_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, LIGHT)
    bench_files.write(tmp_path, bench_files.RESULT)
    assert main([str(tmp_path), "--json", str(tmp_path / "out" / "all.json")]) == 0
    document = json.loads((tmp_path / "out" / "all.json").read_text())
    assert document["not_starved"]["n"] == 2
    assert document["starvation_macro_f1"] == 1
    assert document["models"]["meta-llama/Llama-3.1-8B-Instruct"]["all"]["n"] == 1
    capsys.readouterr()


def test_runs_of_another_engine_version_warn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = write(tmp_path, LIGHT | {"vllm_version": "0.9.1"})
    assert main([str(runs)]) == 2
    assert "no profile fits llama-3.1-8b-instruct on 0.9.1; give --profile" in (
        " ".join(capsys.readouterr().err.split())
    )
    assert main([str(runs), "--profile", "h100_64gb_llama31_8b"]) == 0
    assert "was measured with vllm 0.8.5" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("run_id\n1\n", "is missing; needed: run_id, model"),
        ("", "it is empty"),
        (None, "there is no such file"),
    ],
)
def test_wrong_files_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    path = tmp_path / "runs.csv"
    if content is not None:
        path.write_text(content)
    assert main([str(path), "--json", str(tmp_path / "out.json")]) == 2
    shown = capsys.readouterr()
    assert words in " ".join(shown.err.split())
    assert shown.out == ""
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--json", "."], "--json: . is a folder"),
        (["--plot", "x.png"], "--plot: 'x.png' is no SVG file"),
        (["--plot", "runs.csv/x.svg"], "--plot: runs.csv/x.svg cannot be written"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = write(tmp_path, LIGHT)
    monkeypatch.setattr(cli, "compare_runs", None)
    assert main([str(runs), *arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_unknown_profiles_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path, LIGHT)), "--profile", "a100"]) == 2
    assert "'a100' is unknown" in capsys.readouterr().err


def test_an_interrupt_keeps_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = cli.compare_runs

    def interrupted(*args: object, **kwargs: object) -> object:
        yield next(iter(original(*args, **kwargs)))  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "compare_runs", interrupted)
    runs = write(tmp_path, LIGHT, HEAVY)
    assert main([str(runs), "--json", str(tmp_path / "out.json")]) == 130
    assert json.loads((tmp_path / "out.json").read_text())["all"]["n"] == 1
    assert "interrupted after 1 of 2 runs" in capsys.readouterr().err


def test_it_can_be_called(tmp_path: Path) -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", "twin.validate", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    assert "RUNS" in help_text
    assert "vllm bench serve" in " ".join(help_text.split())
    assert "--profile" in help_text
