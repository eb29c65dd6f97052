"""Runs that the user interrupts."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from placer.gpu.evaluator import Evaluator
from tests.placer.console.placer_call import SMALL, Placer


def interrupting(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C when the search asks the estimator for the first time."""
    original = Evaluator.estimate
    pressed = []

    def estimate(self: object, *question: object) -> object:
        if not pressed:
            pressed.append(1)
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return original(self, *question)  # type: ignore[arg-type]

    monkeypatch.setattr(Evaluator, "estimate", estimate)


def test_first_interrupt_keeps_what_there_is(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupting(1, monkeypatch)
    outcome = placer(*SMALL, "time_limit=null", "output_dir=out")
    assert "the best placement so far is kept" in outcome.err
    assert outcome.status in (0, 3)  # whether everything had a place by then
    assert (tmp_path / "out" / "summary.json").is_file()


def test_an_early_interrupt_keeps_an_earlier_result(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert placer(*SMALL, "output_dir=out").status == 0
    before = json.loads((tmp_path / "out" / "summary.json").read_text())
    interrupting(1, monkeypatch)
    outcome = placer(*SMALL, "output_dir=out")
    after = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (after["verified"], after["value"]) == (True, before["value"])
    aside = (tmp_path / "out.interrupted" / "summary.json").is_file()
    assert aside == ("out keeps its earlier result" in outcome.err)


def test_second_interrupt_gives_up(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupting(2, monkeypatch)
    outcome = placer("--multirun", *SMALL, "seed=1,2", "hydra/launcher=basic")
    assert outcome.status == 130
    assert "nothing was written" in outcome.err
    assert list(tmp_path.iterdir()) == []
