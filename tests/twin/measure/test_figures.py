"""Figures of loops."""

from __future__ import annotations

import math

import pytest

from twin.measure.counters import Counters
from twin.measure.figures import closed_loop_figures, open_loop_figures
from twin.measure.loops import Loop
from twin.measure.records import Answer, Request
from twin.measure.watch import ClientLoad


def answer(sent: float, times: list[float], output: int, complete: bool = True) -> Answer:
    return Answer(Request(sent, "a", 10, output), sent, times, complete)


def counters(prompt: float, generation: float, **rest: float) -> Counters:
    return Counters(prompt, generation, 0, rest.get("running", 0), 0, 0.1, rest.get("steps"))


def loop(*answers: Answer) -> Loop:
    series = (counters(0, 0, running=1), counters(0, 0, running=3))
    before, after = counters(100, 50, steps=5), counters(130, 54, steps=15)
    return Loop(answers, 0.0, 2.0, before, after, series, ClientLoad())


def test_closed_loop() -> None:
    figures = closed_loop_figures(
        loop(answer(0.0, [0.1, 0.2, 0.3], 3), answer(0.0, [0.2, 0.3, 0.5], 3))
    )
    assert figures["num_prompts"] == figures["completed_requests"] == 2
    assert figures["mean_tpot_ms"] == pytest.approx(125)
    assert figures["mean_ttft_ms"] == pytest.approx(150)
    # Both decode from 0.2 to 0.3 s.
    assert figures["median_itl_ms"] == pytest.approx(100)
    assert figures["engine_steps"] == 10
    assert figures["engine_itl_ms"] is None


def test_completed_and_processed_are_two_figures() -> None:
    figures = open_loop_figures(
        loop(answer(0.0, [0.1, 0.2], 2), answer(0.5, [0.9], 100, complete=False)), 2.0
    )
    assert (figures["requests_sent"], figures["completed_requests"]) == (2, 1)
    assert figures["total_throughput_tok_s"] == pytest.approx(12 / 2)
    assert figures["engine_throughput_tok_s"] == pytest.approx(34 / 2)
    assert figures["offered_throughput_tok_s"] == pytest.approx(122 / 2)
    assert figures["starved"] == 1
    assert (figures["mean_running"], figures["max_running"]) == (2, 3)
    assert figures["mean_ttft_ms"] == pytest.approx(100)


def test_a_run_without_a_complete_request_has_no_latencies() -> None:
    figures = open_loop_figures(loop(answer(0.0, [], 5, complete=False)), 2.0)
    assert figures["completed_requests"] == 0
    assert math.isnan(figures["mean_tpot_ms"] or 0.0)
