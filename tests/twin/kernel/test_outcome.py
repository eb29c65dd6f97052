"""What an engine has done with its requests, by the naive engine."""

from __future__ import annotations

import numpy as np

from tests.twin.kernel.engine_cases import random_case
from twin.kernel.outcome import finish_times, latencies, record_times, unfinished_tokens


def test_times_and_latencies_of_what_finished() -> None:
    rng = np.random.default_rng(7)
    several_tokens = 0
    for _ in range(150):
        case = random_case(rng)
        engine, naive = case.run(), case.run_naively()
        done = engine.finished[: engine.s[0]["finished"]]
        first, finish, ttft, tpot = np.empty((4, done.size))
        finish_times(engine, first, finish)
        assert first.tolist() == [request.first_token for request in naive.finished]
        assert finish.tolist() == [request.finish for request in naive.finished]
        tokens, gaps, seconds, several = latencies(done, case.requests, first, finish, ttft, tpot)
        assert tokens == sum(request.prompt + request.output for request in naive.finished)
        assert gaps == sum(request.output - 1 for request in naive.finished)
        np.testing.assert_array_equal(ttft, first - case.requests.arrival[done])
        longer = case.requests.output[done] > 1
        decoding = (finish - first)[longer]
        assert several == longer.sum()
        np.testing.assert_allclose(
            tpot[:several], decoding / (case.requests.output[done] - 1)[longer]
        )
        np.testing.assert_allclose(seconds, decoding.sum())
        several_tokens += several
    assert several_tokens > 500


def test_times_of_all_that_arrived() -> None:
    rng = np.random.default_rng(9)
    waiting = 0
    for _ in range(20):
        case = random_case(rng)
        engine, naive = case.run(), case.run_naively()
        first, finish = np.empty((2, len(naive.requests)))
        record_times(engine, first, finish)
        for name, times in (("first_token", first), ("finish", finish)):
            expected = [getattr(request, name) for request in naive.requests]
            np.testing.assert_array_equal(times, np.array(expected, np.float64))
        waiting += int(np.isnan(first).sum())
    assert waiting > 0


def test_tokens_of_what_has_not_finished() -> None:
    """With those of preempted requests, and no more beside them than a step under way has."""
    rng = np.random.default_rng(8)
    unfinished = 0
    for _ in range(300):
        case = random_case(rng)
        engine, naive = case.run(), case.run_naively()
        computed = sum(
            request.prompt + request.generated if request.generated else request.computed
            for request in naive.requests
            if request.finish is None
        )
        ends = [step for step in naive.steps if step.end > case.duration]
        under_way = sum(step.tokens for step in ends)
        assert computed <= unfinished_tokens(engine, case.requests) <= computed + under_way
        unfinished += computed > 0
    assert unfinished > 20
