"""Running requests: what they hold, and how they let go of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin.kernel.engine_cases import stopped_engines
from tests.twin.kernel.engine_state import check_state, computed, running, waiting
from twin.kernel.running import blocks_of, preempt_last, release


@pytest.mark.parametrize(("tokens", "blocks"), [(0, 0), (1, 1), (16, 1), (17, 2), (160, 10)])
def test_blocks_hold_their_tokens(tokens: int, blocks: int) -> None:
    assert blocks_of(tokens, 16) == blocks


def test_preempted_requests_wait_in_front_and_keep_nothing_but_their_tokens() -> None:
    preempted = 0
    for case, engine in stopped_engines(150):
        s = engine.s[0]
        if s["now"] > case.duration:  # stopped within a step
            continue
        release(engine, case.requests)
        while s["running"] > 0:
            at_work, queued, free = running(engine), waiting(engine), int(s["free"])
            last = at_work[-1]
            held = computed(engine, case, last)
            partial = last == s["partial"]
            preempt_last(engine, case.requests, case.limits.block_size)
            check_state(engine, case)
            assert running(engine) == at_work[:-1]
            assert waiting(engine) == [last, *queued]
            assert s["free"] == free - -held // case.limits.block_size
            if not partial:
                assert engine.request["generated"][last] == held + 1 - case.requests.prompt[last]
            preempted += 1
        assert s["free"] == case.limits.kv_blocks
        assert s["adapters"] == s["rank_sum"] == s["decodes"] == s["context"] == 0
    assert preempted > 100


def test_a_preempted_request_goes_on_where_it_was() -> None:
    """Its tokens come out in the end, and none is counted twice."""
    for case, engine in stopped_engines(60):
        if engine.s[0]["running"] > 0:
            preempt_last(engine, case.requests, case.limits.block_size)
        case.advance(engine)
        if engine.s[0]["now"] <= case.duration:
            check_state(engine, case)
        done = engine.finished[: engine.s[0]["finished"]]
        assert np.unique(done).size == done.size
