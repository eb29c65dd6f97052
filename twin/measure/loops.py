"""The two clients: open loop sends when it is time, closed loop all at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from twin.files.errors import InputError
from twin.measure.client import Client
from twin.measure.counters import Counters
from twin.measure.records import Answer, Request, failures
from twin.measure.watch import ClientLoad, watched

__all__ = ["Loop", "closed_loop", "drain", "open_loop"]

_BETWEEN = 0.25  # seconds between looks at a server that has to become idle
_PATIENCE = 60.0  # seconds until it has to be


@dataclass(frozen=True, slots=True)
class Loop:
    """What a client saw.

    Parameters
    ----------
    answers : sequence of Answer
    began : float
        Moment from which arrivals count, by the clock of the answers.
    duration : float
        Seconds until the last answer, or until the window ended.
    before, after : Counters
        Of the server, at both ends.
    series : sequence of Counters
        About one a second.
    load : ClientLoad
    """

    answers: Sequence[Answer]
    began: float
    duration: float
    before: Counters
    after: Counters
    series: Sequence[Counters]
    load: ClientLoad


async def closed_loop(
    client: Client, requests: Sequence[Request], base: str, rng: np.random.Generator
) -> Loop:
    """Send all requests at once, and wait for the last answer.

    Parameters
    ----------
    client : Client
    requests : sequence of Request
    base : str
        Name of the base model.
    rng : numpy.random.Generator
        Of the prompts.

    Raises
    ------
    InputError
        If the server cannot be reached, or a request failed.
    """
    before = await client.counters()
    async with watched() as load:
        began = time.perf_counter()
        sent = (client.complete(request, request.adapter or base, rng) for request in requests)
        answers = await asyncio.gather(*sent)
        duration = time.perf_counter() - began
    _refuse_failures(answers)
    after = await client.counters()
    return Loop(answers, began, duration, before, after, (after,), load)


async def open_loop(
    client: Client, requests: Sequence[Request], base: str, window: float, rng: np.random.Generator
) -> Loop:
    """Send each request when it arrives, whatever became of the others; cut at the window's end.

    Parameters
    ----------
    client : Client
    requests : sequence of Request
        In the order of their arrival.
    base : str
        Name of the base model.
    window : float
        Seconds.
    rng : numpy.random.Generator
        Of the prompts.

    Raises
    ------
    InputError
        If the server cannot be reached, was started anew, or requests failed.
    """
    await drain(client)
    before = await client.counters()
    answers: list[Answer] = []
    tasks: list[asyncio.Task[None]] = []
    series: list[Counters] = []
    failed = asyncio.Event()
    async with watched() as load:
        began = time.perf_counter()
        sampler = asyncio.create_task(_sample(client, series))
        try:
            for request in requests:
                if await _failed_until(failed, began + request.arrival):
                    break
                load.late = max(load.late, time.perf_counter() - began - request.arrival)
                answers.append(Answer(request, time.perf_counter()))
                following = _follow(client, answers[-1], request.adapter or base, rng, failed)
                tasks.append(asyncio.create_task(following))
            await _failed_until(failed, began + window)
            duration = time.perf_counter() - began
            _refuse_failures(answers)
            after = await client.counters()
        finally:
            await _cancel([sampler, *tasks])
    if not before.is_before(after):
        raise InputError(
            client.url, "its counters went back: the server was started anew", "measure again"
        )
    return Loop(answers, began, duration, before, after, series or (after,), load)


async def drain(client: Client) -> None:
    """Wait until the server has no request.

    Raises
    ------
    InputError
        If it still has some after a minute: others use it.
    """
    end = time.monotonic() + _PATIENCE
    while (left := (await client.counters()).in_system) > 0:
        if time.monotonic() > end:
            problem = f"it still has {left:g} requests of others after {_PATIENCE:g} s"
            raise InputError(client.url, problem, "a server that nobody else uses")
        await asyncio.sleep(_BETWEEN)


async def _follow(
    client: Client, answer: Answer, model: str, rng: np.random.Generator, failed: asyncio.Event
) -> None:
    await client.follow(answer, model, rng)
    if answer.error:
        failed.set()


async def _failed_until(failed: asyncio.Event, moment: float) -> bool:
    """Wait for a moment, or until a request fails; whether one has."""
    wait = moment - time.perf_counter()
    if wait > 0 and not failed.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(failed.wait(), wait)
    return failed.is_set()


async def _sample(client: Client, series: list[Counters]) -> None:
    while True:
        with suppress(InputError):  # the end of the run tells why
            series.append(await client.counters())
        await asyncio.sleep(1.0)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _refuse_failures(answers: Sequence[Answer]) -> None:
    """Requests that failed for reasons outside the engine make a run worthless."""
    if reasons := failures(answers):
        reason, _ = max(reasons.items(), key=lambda item: item[1])
        number = sum(reasons.values())
        raise InputError("requests", f"{number} of {len(answers)} failed: {reason}")
