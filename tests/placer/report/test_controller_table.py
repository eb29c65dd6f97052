"""Figures of a controller for a terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from placer.report.controller_table import print_controller, print_controller_run
from tests.placer.report.example_controller import OUTCOME

SUMMARY = {**OUTCOME.to_dict(), "seed": 3, "overrides": ["controller=hrw", "show=table"]}


def test_a_run_alone_has_a_table() -> None:
    text = io.StringIO()
    print_controller(Console(file=text, width=200), SUMMARY, Path("out"))
    for shown in ("hit rate", "0.625", "adapter loads", "17", "starved adapters", "80.5"):
        assert shown in text.getvalue()
    assert "1,234 requests, seed 3; written to out" in text.getvalue()


def test_a_run_of_a_sweep_has_a_line() -> None:
    text = io.StringIO()
    print_controller_run(Console(file=text, width=300), SUMMARY, Path("many/4"))
    (line,) = text.getvalue().splitlines()
    assert line.startswith("4: controller=hrw: hit rate 0.625, adapter loads 17, ")
