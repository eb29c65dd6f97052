"""Records of requests."""

from __future__ import annotations

import math

import pytest

from twin.measure.records import Answer, Request, failures

REQUEST = Request(0.0, "a", 10, 3)


def test_times_of_an_answer() -> None:
    answer = Answer(REQUEST, 1.0, [1.5, 1.6, 1.9], True)
    assert answer.ttft == pytest.approx(0.5)
    assert answer.tpot == pytest.approx(0.2)


def test_times_that_are_not_there() -> None:
    assert math.isnan(Answer(REQUEST, 1.0).ttft)
    assert math.isnan(Answer(REQUEST, 1.0, [1.5, 1.6]).tpot)
    assert math.isnan(Answer(Request(0.0, "a", 10, 1), 1.0, [1.5], True).tpot)


def test_failures_are_counted_by_reason() -> None:
    answers = [Answer(REQUEST, 0.0, error=e) for e in ("", "500", "500", "404")]
    assert failures(answers) == {"500": 2, "404": 1}
