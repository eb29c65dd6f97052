"""Who comes in, and who has to go for lack of blocks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.twin.kernel.engine_cases import stopped_engines
from tests.twin.kernel.engine_state import running, waiting
from twin.kernel.layout import Engine, EngineLimits, Requests, new_engine
from twin.kernel.scheduler import admit, arrive, grow

LIMITS = EngineLimits(
    max_loras=2,
    host_adapters=4,
    max_num_seqs=4,
    max_num_batched_tokens=100,
    kv_blocks=20,
    block_size=10,
    max_in_system=0,
    prefill_first=False,
    watermark_blocks=0,
    overlap_loads=False,
)


def queued(limits: EngineLimits, *requests: tuple[int, int]) -> tuple[Engine, Requests]:
    """An idle engine at which requests (adapter, prompt tokens) have arrived; each answers 5."""
    adapter, prompt = np.array(requests, np.int32).T.copy()
    n = len(requests)
    arrays = Requests(np.arange(n) / 8, adapter, prompt, np.full(n, 5, np.int32))
    ranks, nothing = np.full(4, 8, np.int64), np.zeros(4)
    engine = new_engine(n, 5, ranks, nothing, nothing, limits)
    arrive(engine, arrays, limits, n, 10.0)
    return engine, arrays


def test_requests_arrive_in_time_and_while_there_is_room() -> None:
    limits = LIMITS._replace(max_in_system=2)
    requests = [(0, 10), (1, 196), (1, 10), (2, 10)]  # the second is longer than all blocks
    engine, arrays = queued(limits, *requests)
    assert waiting(engine) == [0, 2]
    assert engine.rejected.tolist() == [False, True, False, True]
    engine = new_engine(4, 5, np.full(4, 8), np.zeros(4), np.zeros(4), limits)
    arrive(engine, arrays, limits, 4, 0.125)
    assert engine.s[0]["upcoming"] == 2


@pytest.mark.parametrize(
    ("changes", "requests", "admitted", "granted", "skipped"),
    [
        ({}, [(0, 30), (0, 30), (1, 30)], [0, 1, 2], 90, 0),
        ({"max_num_seqs": 2}, [(0, 30), (0, 30), (1, 30)], [0, 1], 60, 0),
        ({"kv_blocks": 7}, [(0, 30), (0, 30), (1, 30)], [0, 1], 60, 0),
        ({"watermark_blocks": 18}, [(0, 20), (0, 10)], [0], 20, 0),
        # The last prompt is cut, but not under V0.
        ({}, [(0, 60), (0, 60)], [0, 1], 100, 0),
        ({"prefill_first": True}, [(0, 60), (0, 60)], [0], 60, 0),
        ({"prefill_first": True}, [(0, 120), (0, 60)], [0], 120, 0),
        # Blocks for what is left of a prompt may be asked for at once.
        ({"kv_blocks": 11}, [(0, 60), (0, 60)], [0, 1], 100, 0),
        ({"kv_blocks": 11, "reserve_prompts": True}, [(0, 60), (0, 60)], [0], 60, 0),
        # An adapter without a slot is passed over; the others are looked at in vain at the end.
        ({}, [(0, 10), (1, 10), (2, 10), (0, 10)], [0, 1, 3], 30, 1),
        ({}, [(4, 10), (4, 10), (1, 10)], [0, 1, 2], 30, 0),  # 4 is the base model
    ],
)
def test_who_comes_in(
    changes: dict[str, int],
    requests: list[tuple[int, int]],
    admitted: list[int],
    granted: int,
    skipped: int,
) -> None:
    limits = LIMITS._replace(**changes)
    engine, arrays = queued(limits, *requests)
    num_done, tokens, in_vain = admit(engine, arrays, limits, limits.max_num_batched_tokens, 0)
    assert running(engine) == admitted
    assert (tokens, in_vain) == (granted, skipped)
    partial = engine.s[0]["partial"]
    assert engine.done[:num_done].tolist() == [r for r in admitted if r != partial]
    blocks = sum(-(-int(arrays.prompt[r]) // 10) for r in admitted if r != partial)
    if partial in admitted:
        blocks += -(-int(engine.s[0]["partial_done"]) // 10)
    assert engine.s[0]["free"] == limits.kv_blocks - blocks


def test_the_latest_make_room_for_the_others() -> None:
    """With every block taken away, running requests go one by one, in order, until enough."""
    preempted = 0
    for case, engine in stopped_engines(150):
        s = engine.s[0]
        at_work, queue = running(engine), waiting(engine)
        blocks = int(s["free"])
        s["free"] = 0
        limits = case.limits._replace(kv_blocks=case.limits.kv_blocks - blocks)
        _, any_preempted = grow(engine, case.requests, limits)
        left = running(engine)
        assert left == at_work[: len(left)]
        assert waiting(engine) == at_work[len(left) :] + queue
        assert any_preempted == (len(left) < len(at_work))
        assert s["free"] >= 0
        preempted += any_preempted
    assert preempted > 10


def test_with_blocks_for_all_nobody_goes() -> None:
    for case, engine in stopped_engines(50):
        engine.s[0]["free"] += 1000
        at_work = running(engine)
        _, any_preempted = grow(engine, case.requests, case.limits)
        assert (running(engine), any_preempted) == (at_work, False)
