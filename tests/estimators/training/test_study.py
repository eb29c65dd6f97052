"""What is written about a training."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace
from pathlib import Path

import pytest

from estimators.training import study as module
from estimators.training.comparison import SizeFigures
from estimators.training.study import draw_learning_curve, study
from estimators.training.train import Training

PNG = b"\x89PNG\r\n"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[SizeFigures]:
    """A study without the comparisons, which have tests of their own."""
    sizes = [SizeFigures(100, 5.0, 11.0, 0.9, 0.7), SizeFigures(200, 4.0, 9.0, 0.95, 0.8)]
    monkeypatch.setattr(module, "compare_learners", lambda *_: [])
    monkeypatch.setattr(module, "learning_curve", lambda *_: sizes)
    return sizes


def moved(training: Training, folder: Path) -> Training:
    return replace(training, path=folder / training.path.name)


def test_a_study_is_written_beside_the_model(
    small_training: Training, tmp_path: Path, quick: list[SizeFigures]
) -> None:
    found = study(moved(small_training, tmp_path))
    document = json.loads((tmp_path / "study.json").read_text())
    assert [size["rows"] for size in document["learning_curve"]] == [100, 200]
    assert document["surrogate"]["fidelity"] == found.surrogate.fidelity
    assert document["importances"] == found.importances
    assert "class: starves" in (tmp_path / "surrogate.txt").read_text()
    for name in ("surrogate.png", "learning_curve.png"):
        assert (tmp_path / name).read_bytes().startswith(PNG)
    assert draw_learning_curve(quick).startswith(PNG)


def test_pictures_need_matplotlib(
    small_training: Training,
    tmp_path: Path,
    quick: list[SizeFigures],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = builtins.__import__

    def without(name: str, *rest: object, **options: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    said: list[str] = []
    study(moved(small_training, tmp_path), said.append)
    assert "matplotlib is not installed" in said[-1]
    assert not list(tmp_path.glob("*.png"))
    assert (tmp_path / "surrogate.txt").is_file()
