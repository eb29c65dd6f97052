"""Watch: whether the client itself, or the server's front end, is what was measured."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

__all__ = ["ClientLoad", "doubts", "stood_still", "watched"]

_INTERVAL = 0.02  # seconds between looks at the event loop
_MOST_LATE = 0.05  # seconds that a request may be sent late, or half of its wait for a token
_MOST_BUSY = 0.8  # of one core
_MOST_LAG = 1.0  # seconds without a look: the machine stood still
_MOST_JUMP = 0.5  # seconds by which the wall clock may differ
_MOST_APART = 1.25  # gaps between tokens at the client by those in the engine, or the reverse


@dataclass(slots=True)
class ClientLoad:
    """How busy the client was.

    Parameters
    ----------
    busy : float
        Seconds of processor by second.
    lag : float
        Most seconds that its event loop was late.
    late : float
        Most seconds that a request was sent late.
    clock_jump : float
        Seconds by which the machine's clock was set meanwhile.
    """

    busy: float = 0.0
    lag: float = 0.0
    late: float = 0.0
    clock_jump: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[ClientLoad]:
    """Look at the event loop as long as the context lasts; the figures are there at its end.

    Times of requests are by a clock that is never set, so that a jump is only told.
    """
    load = ClientLoad()
    processor, wall, began = _processor_seconds(), time.time(), time.perf_counter()
    task = asyncio.create_task(_look(load))
    try:
        yield load
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        seconds = max(time.perf_counter() - began, 1e-9)
        load.busy = (_processor_seconds() - processor) / seconds
        load.clock_jump = time.time() - wall - seconds


def stood_still(load: ClientLoad) -> list[str]:
    """That the machine had no time for the client, in words; empty where it had.

    What was measured then is something else.

    Parameters
    ----------
    load : ClientLoad
    """
    return [f"the client stood still for {load.lag:.1f} s"] if load.lag > _MOST_LAG else []


def doubts(load: ClientLoad, ttft: float, gap: float, engine_gap: float) -> list[str]:
    """Why the latencies of a run may not be the engine's, in words; empty where they are.

    Parameters
    ----------
    load : ClientLoad
    ttft : float
        Mean seconds to the first token; NaN where there is none.
    gap : float
        Mean seconds between tokens at the client.
    engine_gap : float
        The same in the engine; NaN where it does not tell.
    """
    found = stood_still(load)
    if not found and load.late > _MOST_LATE and not load.late < ttft / 2:
        found.append(f"requests were sent up to {load.late * 1e3:.0f} ms late")
    if load.busy > _MOST_BUSY:
        found.append(f"the client needed {load.busy:.0%} of a core")
    if gap > _MOST_APART * engine_gap or engine_gap > _MOST_APART * gap:
        found.append(
            f"tokens came every {gap * 1e3:.1f} ms and left the engine every "
            f"{engine_gap * 1e3:.1f} ms: the HTTP front end is behind"
        )
    if abs(load.clock_jump) > _MOST_JUMP:
        found.append(f"the machine's clock was set by {load.clock_jump:+.1f} s (no time is by it)")
    return found


async def _look(load: ClientLoad) -> None:
    while True:
        due = time.perf_counter() + _INTERVAL
        await asyncio.sleep(_INTERVAL)
        load.lag = max(load.lag, time.perf_counter() - due)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
