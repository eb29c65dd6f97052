"""Runs whose verdict a model has wrong, and what the twin says about them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from estimators.evaluate.wrong_verdicts import print_wrong_verdicts, wrong_verdicts
from tests.estimators.evaluate.measured_run import PROFILE, RUN
from twin.measured.replay import Replay
from twin.measured.run import MeasuredRun
from twin.validate.comparison import Comparison


def said(run: MeasuredRun, share: float) -> Comparison:
    """A run beside a model that says which share of it is served."""
    throughput = share * run.offered_throughput
    answer = Replay(
        throughput=throughput, engine_throughput=throughput, memory_error=False, seconds=1.0
    )
    return Comparison(run, answer, PROFILE.name)


# A light engine serves all, as the twin knows.
SERVED = replace(RUN, run_id="served", throughput=0.95 * RUN.offered_throughput)
STARVED = replace(RUN, run_id="starved", throughput=0.8 * RUN.offered_throughput, starved=True)


def test_only_wrong_verdicts_that_can_be_told_are_listed() -> None:
    runs = [
        said(replace(SERVED, run_id="right"), 0.97),
        said(SERVED, 0.85),
        said(replace(SERVED, run_id="close", starved_is_uncertain=True), 0.85),
        said(replace(SERVED, run_id="unusable", usable=False), 0.85),
        said(replace(STARVED, run_id="right, too"), 0.5),
        said(STARVED, 0.99),
    ]
    found = list(wrong_verdicts(runs, lambda _: PROFILE))
    assert [w.run_id for w in found] == ["served", "starved"]


def test_the_twin_s_verdict_tells_who_errs() -> None:
    model_errs, both = wrong_verdicts([said(SERVED, 0.85), said(STARVED, 0.99)], lambda _: PROFILE)
    assert (model_errs.twin_starved, model_errs.twin_errs) == (False, False)
    assert (both.starved, both.twin_starved, both.twin_errs) == (True, False, True)
    assert both.to_dict()["twin_errs"] is True
    assert model_errs.twin_share > 0.9 > model_errs.model_share == pytest.approx(0.85)
    assert model_errs.served_share == pytest.approx(0.95)
    assert model_errs.distance == pytest.approx(0.95 / 0.9 - 1)
    assert both.distance == pytest.approx(0.8 / 0.9 - 1)
    assert (both.max_loras, both.adapters, both.max_lora_rank) == (16, 16, 16)


def test_the_nearest_runs_come_first_in_the_table() -> None:
    text = io.StringIO()
    found = list(wrong_verdicts([said(STARVED, 0.99), said(SERVED, 0.85)], lambda _: PROFILE))
    print_wrong_verdicts(Console(file=text, width=60), found)
    lines = [line.split() for line in text.getvalue().splitlines() if line.strip()]
    assert " ".join(lines[0]) == "Wrong verdicts: 2, of which the twin has 1 wrong as well"
    assert [lines[-2][0], lines[-1][0]] == ["served", "starved"]
    assert lines[-2][-3:] == ["+5.6", "%", "model"]
    assert lines[-1][-5:] == ["-11.1", "%", "model", "and", "twin"]
