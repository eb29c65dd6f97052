"""Steps in which nothing but decoding happens: in one go as one by one."""

from __future__ import annotations

import numpy as np
import pytest

from twin.kernel.engine import advance
from twin.kernel.layout import Engine, EngineLimits, Requests, StepCosts, new_engine
from twin.kernel.quiet import decode_on, finish_due

STEP = 1 / 64
NOTHING: dict[str, float] = dict.fromkeys(StepCosts._fields, 0.0)
COSTS = StepCosts(**NOTHING | {"base": STEP, "graph_tokens": 512, "few_tokens": 0, "launched": 0})  # type: ignore[arg-type]
LIMITS = EngineLimits(0, 0, 8, 100, 40, 10, 0, False, 0, False)
NONE = np.empty(0)
# Two requests without an adapter, that need 20 and 30 steps after that of their prompts.
REQUESTS = Requests(
    np.zeros(2), np.zeros(2, np.int32), np.array([15, 5], np.int32), np.array([21, 31], np.int32)
)


def decoding(kv_blocks: int = 40) -> tuple[Engine, EngineLimits]:
    """An engine that has computed both prompts, as of the end of that step."""
    limits = LIMITS._replace(kv_blocks=kv_blocks)
    engine = new_engine(2, 31, np.empty(0, np.int64), NONE, NONE, limits)
    advance(engine, REQUESTS, limits, COSTS, 2, STEP / 2, 10.0, 0.0)
    assert (engine.s[0]["now"], engine.s[0]["decodes"]) == (STEP, 2)
    return engine, limits


@pytest.mark.parametrize(
    ("until", "duration", "steps"),
    [
        (10.0, 10.0, 30),  # until both have finished
        (5.5 * STEP, 10.0, 5),  # the step that crosses it is completed
        (10.0, 5.5 * STEP, 4),  # the step that the window cuts is not begun
    ],
)
def test_how_far_it_goes(until: float, duration: float, steps: int) -> None:
    engine, limits = decoding()
    decode_on(engine, REQUESTS, limits, COSTS, until, duration, 0)
    s = engine.s[0]
    assert s["now"] == (1 + steps) * STEP
    assert s["steps"] == 1 + steps
    assert engine.gap_counts.sum() == min(steps, 20) + min(steps, 30)
    assert s["finished"] == (steps >= 20) + (steps >= 30)


def test_requests_finish_at_their_step_and_free_their_blocks() -> None:
    engine, limits = decoding()
    decode_on(engine, REQUESTS, limits, COSTS, 10.0, 10.0, 0)
    assert engine.finished.tolist() == [0, 1]
    np.testing.assert_array_equal(engine.request["finish"], [21 * STEP, 31 * STEP])
    assert engine.s[0]["free"] == limits.kv_blocks
    assert engine.s[0]["blocks_max"] == 4 + 3  # of 35 and 25 tokens, just before the first ends


def test_it_stops_before_a_step_that_lacks_blocks() -> None:
    engine, limits = decoding(kv_blocks=4)  # of which the prompts hold 2 and 1
    decode_on(engine, REQUESTS, limits, COSTS, 10.0, 10.0, 0)
    s = engine.s[0]
    # Both have filled their blocks after 5 steps and need another one each.
    assert (s["free"], s["context"], s["steps"], s["finished"]) == (1, 20 + 10, 1 + 5, 0)


def test_it_stops_after_a_finish_if_others_wait() -> None:
    engine, limits = decoding()
    engine.s[0]["waiting"] = 1
    decode_on(engine, REQUESTS, limits, COSTS, 10.0, 10.0, 0)
    assert (engine.s[0]["finished"], engine.s[0]["now"]) == (1, 21 * STEP)


def test_only_what_is_due_finishes() -> None:
    engine, limits = decoding()
    assert not finish_due(engine, REQUESTS, limits, 1.0)
    engine.s[0]["clock"] = engine.request["due"][0]
    assert finish_due(engine, REQUESTS, limits, 1.0)
    assert engine.finished[: engine.s[0]["finished"]].tolist() == [0]
    assert engine.request["finish"][0] == 1.0
