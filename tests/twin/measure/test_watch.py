"""The watch on the client itself."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from twin.measure.watch import ClientLoad, doubts, watched


def test_an_event_loop_that_is_held_up_shows() -> None:
    async def busy() -> ClientLoad:
        async with watched() as load:
            await asyncio.sleep(0.1)
            time.sleep(0.3)  # which is what it is to notice
            await asyncio.sleep(0.05)
        return load

    load = asyncio.run(busy())
    assert load.lag > 0.2
    assert 0 <= load.busy < 1
    assert abs(load.clock_jump) < 0.1


def test_a_clock_that_is_set_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1000.0, 4600.0])
    monkeypatch.setattr(time, "time", lambda: next(moments))

    async def idle() -> ClientLoad:
        async with watched() as load:
            await asyncio.sleep(0.01)
        return load

    load = asyncio.run(idle())
    assert load.clock_jump == pytest.approx(3600, abs=1)
    assert doubts(load, 0.1, 0.01, math.nan) == [
        f"the machine's clock was set by {load.clock_jump:+.1f} s (no time is by it)"
    ]


@pytest.mark.parametrize(
    ("load", "gaps", "told"),
    [
        (ClientLoad(lag=2.0), (0.01, math.nan), "the client stood still for 2.0 s"),
        (ClientLoad(late=0.1), (0.01, math.nan), "requests were sent up to 100 ms late"),
        (ClientLoad(busy=0.95), (0.01, math.nan), "the client needed 95% of a core"),
        (ClientLoad(), (0.04, 0.012), "the HTTP front end is behind"),
        (ClientLoad(), (0.0, 0.012), "the HTTP front end is behind"),
    ],
)
def test_what_casts_doubt(load: ClientLoad, gaps: tuple[float, float], told: str) -> None:
    (mark,) = doubts(load, 0.1, *gaps)
    assert told in mark


def test_what_does_not() -> None:
    assert doubts(ClientLoad(0.3, 0.02, 0.06, 0.001), 0.5, 0.0105, 0.01) == []
