"""python -m placer.explain, on the folder of a real run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from placer.console import explain_command as cli
from placer.console.explain_command import main
from placer.console.run_folder import read_run
from tests.placer.console.run_files import BROKEN


def test_tables_and_document(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    options = ["--rate-factor", "0.5", "--rate-factor", "2", "--gpus", "-1"]
    number = len(read_run(finished).result.placement.gpus)
    if number == 1:
        options = options[:-2]
    assert main([str(finished), *options, "--time-limit", "10", "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    for text in ("binds", "all rates may grow by", "What if", "rates × 0.5", "rates × 2"):
        assert text in shown
    document = json.loads(out.read_text())
    assert document["schema_version"] == 1
    assert document["fleet"]["num_gpus"] == len(document["gpus"]) == number
    assert document["fleet"]["headroom"] == min(gpu["headroom"] for gpu in document["gpus"])
    half, double = document["what_if"][:2]
    assert half["failing"] == []
    assert half["feasible"] is half["verified"] is True
    assert half["num_gpus"] <= number < double["num_gpus"]


@pytest.mark.parametrize("case", BROKEN)
def test_folders_that_are_not_of_a_run_are_one_line(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    spoil, words = BROKEN[case]
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    spoil(folder)
    assert main([str(folder), "--json", str(tmp_path / "out.json")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err.replace("\n", " ")
    assert not (tmp_path / "out.json").exists()


def test_wrong_changes_are_one_line(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(finished), "--rate-factor", "0"]) == 2
    assert "rate factor" in capsys.readouterr().err
    assert main([str(finished), "--max-lora-rank", "513"]) == 2
    assert "513 is not accepted by vLLM" in " ".join(capsys.readouterr().err.split())
    assert main([str(finished / "nowhere")]) == 2
    assert "there is no such folder" in " ".join(capsys.readouterr().err.split())


def test_an_interrupt_writes_nothing(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "explain_placement", interrupted)
    assert main([str(finished), "--json", str(tmp_path / "out.json")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_a_plug_in_is_one_line_that_names_it(
    finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code: dict[str, Any] = {"__name__": "mine.strategies"}
    exec(compile("def fail(*_):\n    raise KeyError('x')", "mine.py", "exec"), code)
    run = read_run(finished)
    run.cfg.strategy._target_ = "mine.strategies.Own"
    monkeypatch.setattr(cli, "read_run", lambda *_: run)
    monkeypatch.setattr(cli, "explain_placement", code["fail"])
    assert main([str(finished)]) == 70
    shown = capsys.readouterr().err
    assert "the strategy mine.strategies.Own failed: KeyError: 'x'" in " ".join(shown.split())
    assert "Traceback" not in shown
