"""Open and closed loop against a server that fails in every way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
import pytest

from tests.twin.measure.fake_server import FakeVllm, serving_fake
from twin.files.errors import InputError
from twin.measure.client import Client, connect
from twin.measure.loops import Loop, closed_loop, open_loop
from twin.measure.records import Request

REQUESTS = [Request(0.02 * i, "", 10, 5) for i in range(10)]


def looped(fake: FakeVllm, loop: Callable[[Client], Awaitable[Loop]]) -> Loop:
    async def run() -> Loop:
        async with serving_fake(fake) as url, connect(url) as client:
            return await loop(client)

    return asyncio.run(run())


def opened(fake: FakeVllm, window: float = 1.5, requests: Sequence[Request] = REQUESTS) -> Loop:
    rng = np.random.default_rng(0)
    return looped(fake, lambda client: open_loop(client, requests, "base", window, rng))


def test_open_loop_sends_when_it_is_time() -> None:
    loop = opened(FakeVllm())
    assert all(answer.is_complete for answer in loop.answers)
    for answer in loop.answers:
        late = answer.sent - loop.began - answer.request.arrival
        assert -1e-6 <= late < 1
    assert 1.5 <= loop.duration < 3
    assert loop.after.prompt_tokens - loop.before.prompt_tokens == 100
    assert loop.after.generation_tokens == 50


def test_what_is_not_complete_at_the_end_is_cut_and_kept() -> None:
    loop = opened(FakeVllm(step=0.3), 0.7)
    assert not any(answer.is_complete or answer.error for answer in loop.answers)
    assert loop.answers[0].times
    assert 0 < loop.after.generation_tokens < 50


def test_closed_loop_waits_for_the_last_answer() -> None:
    rng = np.random.default_rng(0)
    loop = looped(FakeVllm(), lambda client: closed_loop(client, REQUESTS, "base", rng))
    assert all(answer.is_complete for answer in loop.answers)
    assert max(a.sent for a in loop.answers) < min(a.times[-1] for a in loop.answers)


def test_failures_end_a_run_at_once_with_one_line() -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"requests: \d+ of \d+ failed: 500: EngineDeadError"):
        opened(FakeVllm(fails_after=3), 30.0)
    assert time.monotonic() - began < 10
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="requests: 7 of 10 failed"):
        looped(FakeVllm(fails_after=3), lambda client: closed_loop(client, REQUESTS, "base", rng))


def test_a_server_that_goes_down_while_it_is_measured() -> None:
    async def down() -> None:
        fake, rng = FakeVllm(step=0.05), np.random.default_rng(0)
        serving = serving_fake(fake)
        url = await serving.__aenter__()
        async with connect(url) as client:
            task = asyncio.create_task(open_loop(client, REQUESTS, "base", 30.0, rng))
            await asyncio.sleep(0.15)
            await serving.__aexit__(None, None, None)
            await task

    with pytest.raises(InputError, match=r"failed: (no connection|the connection broke)"):
        asyncio.run(down())


def test_a_server_that_was_started_anew_is_noticed() -> None:
    with pytest.raises(InputError, match="the server was started anew"):
        opened(FakeVllm(restarts_after=5))


def test_a_server_that_others_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.measure.loops._PATIENCE", 0.1)
    with pytest.raises(InputError, match="it still has 1 requests of others"):
        opened(FakeVllm(running=1))
