"""``python -m estimators.evaluate``."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from estimators.evaluate import cli
from estimators.evaluate.cli import main
from twin.measured.run_table import REQUIRED_COLUMNS

LIGHT = {
    "run_id": "light",
    "model": "llama-3.1-8b-instruct",
    "vllm_version": "0.8.5",
    "max_loras": "8",
    "max_lora_rank": "8",
    "adapter_rank_mix": "8:8",
    "rate_counts": "0.2:8",
    "mean_input_tokens": "250",
    "mean_output_tokens": "230",
    "duration_s": "600",
    "total_throughput_tok_s": "750",
    "mean_tpot_ms": "14",
    "mean_ttft_ms": "40",
    "outcome": "ok",
    "dataset": "sharegpt",
}
HEAVY = LIGHT | {
    "run_id": "heavy",
    "rate_counts": "8:8",
    "total_throughput_tok_s": "15000",
    "mean_tpot_ms": "60",
    "mean_ttft_ms": "200000",
}
FULL = LIGHT | {"run_id": "full", "max_loras": "4096", "outcome": "memory_error"}
BASE = LIGHT | {"run_id": "base", "max_loras": "0"}
KEYS = (
    *(f"{name}_{m}_pct" for name in ("throughput", "tpot", "ttft") for m in ("smape", "mape")),
    "starvation_macro_f1",
    "us_per_row_batch256",
    "us_single",
)


def write(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "runs.csv"
    lines = [",".join(row[name] for name in LIGHT) for row in rows]
    path.write_text("\n".join([",".join(LIGHT), *lines]) + "\n")
    return path


def libraries_not_timed(patch: pytest.MonkeyPatch) -> None:
    """Make up the libraries' times, which have tests of their own."""
    for name in ("lightgbm_speed", "scikit_learn_speed"):
        patch.setattr(cli, name, lambda *_: lambda: (50.0, 500.0))


def not_timed(patch: pytest.MonkeyPatch) -> None:
    """Make up all times, which take seconds to measure."""
    patch.setattr(cli, "measure_speed", lambda *_: (1.0, 10.0))
    libraries_not_timed(patch)


@pytest.fixture
def no_times(monkeypatch: pytest.MonkeyPatch) -> None:
    not_timed(monkeypatch)


@pytest.fixture
def no_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries_not_timed(monkeypatch)


@pytest.mark.usefixtures("no_libraries")
def test_errors_and_times_are_written_and_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(LIGHT) >= set(REQUIRED_COLUMNS)
    runs = write(tmp_path, LIGHT, HEAVY, FULL, BASE)
    assert main([str(runs), "--json", str(tmp_path / "out.json")]) == 0
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["n"] == 2
    assert set(KEYS) <= set(document)
    assert document["starvation_macro_f1"] == 1.0
    assert document["memory_error_accuracy"] == 1.0
    assert document["throughput_smape_pct"] < 10
    assert 0 < document["us_per_row_batch256"] < document["us_single"]
    assert document["models"]["llama-3.1-8b-instruct"]["n"] == 2
    shown = capsys.readouterr()
    assert "1 of 4 runs are left out" in " ".join(shown.err.split())
    assert "llama-3.1-8b-instruct" in shown.out
    assert "scikit-learn, predict" in shown.out


@pytest.mark.usefixtures("no_times")
def test_the_same_runs_have_the_same_errors(tmp_path: Path) -> None:
    runs = write(tmp_path, LIGHT, HEAVY)
    found = []
    for name in ("one", "two"):
        assert main([str(runs), "--json", str(tmp_path / name)]) == 0
        document = json.loads((tmp_path / name).read_text())
        found.append({key: value for key, value in document.items() if "us_" not in key})
    assert found[0] == found[1]


@pytest.mark.usefixtures("no_times")
def test_a_client_that_keeps_few_requests_open_sees_a_shorter_queue(tmp_path: Path) -> None:
    runs, ttft = write(tmp_path, HEAVY), []
    for bound in ("100", "0"):
        assert main([str(runs), "--max-in-system", bound, "--json", str(tmp_path / "o")]) == 0
        ttft.append(json.loads((tmp_path / "o").read_text())["throughput_smape_pct"])
    assert ttft[0] != ttft[1]


@pytest.mark.usefixtures("no_times")
def test_wrong_verdicts_are_listed_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    starved = LIGHT | {"run_id": "starved", "total_throughput_tok_s": "500"}
    runs, out = write(tmp_path, LIGHT, starved), tmp_path / "out.json"
    assert main([str(runs), "--json", str(out)]) == 0
    assert "wrong_verdicts" not in json.loads(out.read_text())
    assert "Wrong verdicts" not in capsys.readouterr().out
    assert main([str(runs), "--wrong-verdicts", "--json", str(out)]) == 0
    (wrong,) = json.loads(out.read_text())["wrong_verdicts"]
    assert (wrong["run_id"], wrong["twin_errs"]) == ("starved", True)
    assert "Wrong verdicts: 1, of which the twin has 1 wrong as well" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "arguments", "words"),
    [
        ([LIGHT], ["--profile", "a100"], "'a100' is unknown"),
        ([LIGHT], ["--model", "none.model"], "none.model: there is no such file"),
        ([BASE], [], "no run has adapters"),
        ([FULL], [], "none is usable"),
        ([LIGHT | {"rate_counts": "x"}], [], "column rate_counts"),
    ],
)
def test_wrong_input_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rows: list[dict[str, str]],
    arguments: list[str],
    words: str,
) -> None:
    out = tmp_path / "out.json"
    assert main([str(write(tmp_path, *rows)), *arguments, "--json", str(out)]) == 2
    shown = capsys.readouterr()
    assert words in " ".join(shown.err.split())
    assert shown.out == ""
    assert not out.exists()


def test_an_interrupt_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "compare_runs", interrupted)
    assert main([str(write(tmp_path, LIGHT))]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_it_can_be_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["estimators.evaluate", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("estimators.evaluate", run_name="__main__")
    assert "RUNS.csv" in capsys.readouterr().out
