"""``python -m estimators``."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest
import yaml

from estimators.console.cli import main
from estimators.console.config import KEYS
from estimators.model.model_file import read_model
from estimators.testing import example_profile

SMALL = ("num_scenarios=40", "num_edge_scenarios=4", "most_requests=1000", "most_adapters=32")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Options of one's own, with the example profile among them."""
    (tmp_path / "own" / "profile").mkdir(parents=True)
    text = yaml.safe_dump(example_profile().to_dict())
    (tmp_path / "own" / "profile" / "mine.yaml").write_text(text)
    return tmp_path / "own"


def test_a_model_is_trained_and_studied(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["profile=mine", *SMALL, "num_workers=1", f"output_dir={out}"]
    assert main([*arguments[:2], "--config-dir", str(folder), *arguments[2:]]) == 0
    shown = capsys.readouterr()
    for text in ("throughput_smape_pct", "throughput_mape_pct", "MAPE in %, mean"):
        assert text in shown.out
    assert "histogram gradient boosting" in shown.out
    assert "Error against the size of the dataset" in shown.out
    assert f"model: {out / 'example.model'}" in shown.out
    assert "example: training on" in shown.err
    model = read_model(out / "example.model")
    assert model.fingerprint == example_profile().fingerprint
    assert len(json.loads((out / "study.json").read_text())["learners"]) == 7
    assert (out / "surrogate.png").is_file()
    # The same command goes on from what is there, and says the same.
    assert main([*arguments, "compare=false", "--config-dir", str(folder)]) == 0
    again = capsys.readouterr().out
    assert again.splitlines()[:20] == shown.out.splitlines()[:20]
    assert "histogram gradient boosting" not in again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["num_scenarioss=1"], "Key 'num_scenarioss' not in"),
        (["num_scenarios=many"], "Value 'many'"),
        (["executor=cloud"], "expected one of [local, dask]"),
        (["profile=none"], "profile/none: there is no such option; a100"),
        (["num_scenarios"], "KEY=VALUE"),
        (["num_scenarios=0"], "num_scenarios: 0 is below 1"),
        (["executor=dask"], "scheduler: is not given"),
        (["profile=h100_64gb_llama31_8b", "profile.gpu=null"], "gpu"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, f"output_dir={tmp_path / 'out'}"]) == 2
    shown = capsys.readouterr()
    assert words.replace(" ", "") in "".join(shown.err.split())
    assert shown.err.count("error:") == 1
    assert shown.out == ""


def test_an_interrupt_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("estimators.training.train.train", interrupted)
    assert main([]) == 130
    assert "the same command goes on from here" in " ".join(capsys.readouterr().err.split())


def test_every_key_is_in_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["estimators", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("estimators", run_name="__main__")
    shown = capsys.readouterr().out
    assert all(f"  {key}=" in shown for key in KEYS)
