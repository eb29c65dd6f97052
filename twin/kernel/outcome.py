"""What an engine has done with its requests, in one pass over them each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import inlined
from twin.kernel.layout import NONE, Engine, Requests

__all__ = ["completed_tokens", "finish_times", "latencies", "record_times", "unfinished_tokens"]

FloatArray = NDArray[np.float64]


@inlined
def finish_times(engine: Engine, first_token: FloatArray, finish: FloatArray) -> None:
    """Write the times (s) of the first and the last token of the requests that finished.

    Parameters
    ----------
    first_token, finish : ndarray of shape (num_finished,)
        Written, in order of finish.
    """
    for k in range(engine.s[0].finished):
        entry = engine.request[engine.finished[k]]
        first_token[k] = entry.first_token
        finish[k] = entry.finish


@inlined
def record_times(engine: Engine, first_token: FloatArray, finish: FloatArray) -> None:
    """Write the times (s) of the first and the last token of the first requests to arrive.

    Parameters
    ----------
    first_token, finish : ndarray of shape (n,)
        Written, in order of arrival; NaN where it did not happen.
    """
    for k in range(first_token.size):
        entry = engine.request[k]
        first_token[k] = entry.first_token if entry.first_token > 0 else np.nan
        finish[k] = entry.finish if entry.finish > 0 else np.nan


@inlined
def latencies(
    finished: NDArray[np.int32],
    requests: Requests,
    first_token: FloatArray,
    finish: FloatArray,
    ttft: FloatArray,
    tpot: FloatArray,
) -> tuple[int, int, float, int]:
    """Write the latencies (s) of requests that finished, and add up their tokens.

    Parameters
    ----------
    finished : ndarray of shape (n,)
        The requests.
    requests : Requests
        All requests, the arrivals being those at the clients.
    first_token, finish : ndarray of shape (n,)
        Times in seconds.
    ttft, tpot : ndarray of shape (n,)
        Written: time to first token, and at the front of ``tpot`` the time per output token of
        the requests with two or more.

    Returns
    -------
    tuple of int, int, float and int
        Tokens in and out; gaps between output tokens, the seconds that they sum to, and the
        number of requests that have any.
    """
    tokens, gaps, seconds, several = 0, 0, 0.0, 0
    for k in range(finished.size):
        request = finished[k]
        ttft[k] = first_token[k] - requests.arrival[request]
        output = requests.output[request]
        tokens += requests.prompt[request] + output
        if output > 1:
            decoding = finish[k] - first_token[k]
            tpot[several] = decoding / (output - 1)
            gaps += output - 1
            seconds += decoding
            several += 1
    return tokens, gaps, seconds, several


@inlined
def completed_tokens(engine: Engine, requests: Requests) -> int:
    """Tokens, input and output together, of the requests that have finished."""
    total = 0
    for k in range(engine.s[0].finished):
        request = engine.finished[k]
        total += requests.prompt[request] + requests.output[request]
    return int(total)


@inlined
def unfinished_tokens(engine: Engine, requests: Requests) -> int:
    """Tokens computed of the requests that have not finished, the step under way included.

    What a preempted request had counts, and what is computed again does not count twice.
    """
    s = engine.s[0]
    total = 0
    request = s.last
    while request != NONE:
        entry = engine.request[request]
        prompt, output = requests.prompt[request], requests.output[request]
        if entry.finish > 0.0:  # it has yet to leave its slot
            request = entry.run_previous
            continue
        if entry.due > s.clock:
            total += prompt + output - (entry.due - s.clock)
        elif request == s.partial and entry.generated == 0:
            total += s.partial_done
        else:
            total += prompt + entry.generated
        request = entry.run_previous
    request = s.head
    while request != NONE and engine.queue[request].key < 0:  # preempted: they wait in front
        generated = engine.request[request].generated
        if generated > 0:
            total += requests.prompt[request] + generated
        request = engine.queue[request].next
    return int(total)
