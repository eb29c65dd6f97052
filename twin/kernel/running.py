"""Running requests: who runs, when each will finish, which KV blocks and adapters they hold.

A decoding request is one entry in a calendar of finish steps, and the KV blocks that a step
allocates are counted by residue class, so that a step costs O(1) and not O(batch).
"""

from __future__ import annotations

from twin.compiled import inlined
from twin.kernel.layout import NONE, Engine, Requests
from twin.kernel.waiting import heap_offer, push_front

__all__ = [
    "blocks_of",
    "enter",
    "finish",
    "leave",
    "preempt_last",
    "release",
    "start_decoding",
    "stop_decoding",
]


@inlined
def blocks_of(tokens: int, block_size: int) -> int:
    """KV blocks that hold this many tokens."""
    return (tokens + block_size - 1) // block_size


@inlined
def enter(engine: Engine, requests: Requests, request: int) -> None:
    """Put a request on the running list and take its adapter into use."""
    s = engine.s[0]
    last = s.last
    engine.request[request].run_previous = last
    engine.request[request].run_next = NONE
    if last != NONE:
        engine.request[last].run_next = request
    s.last = request
    s.running += 1
    adapter = requests.adapter[request]
    if adapter < engine.adapter.size - 1:
        cache = engine.cache
        cache.running[adapter] += 1
        if cache.running[adapter] == 1:
            s.adapters += 1
            s.rank_sum += engine.adapter[adapter].rank
            cache.entered[adapter] = s.touch + 1
            s.missing += 1 - cache.on_gpu[adapter]
            heap_offer(engine, adapter)
    else:
        s.base += 1


@inlined
def leave(engine: Engine, requests: Requests, request: int) -> None:
    """Take a request off the running list and let go of its adapter."""
    s = engine.s[0]
    before, after = engine.request[request].run_previous, engine.request[request].run_next
    if before != NONE:
        engine.request[before].run_next = after
    if after != NONE:
        engine.request[after].run_previous = before
    else:
        s.last = before
    s.running -= 1
    adapter = requests.adapter[request]
    if adapter < engine.adapter.size - 1:
        cache = engine.cache
        cache.running[adapter] -= 1
        if cache.running[adapter] == 0:
            s.adapters -= 1
            s.rank_sum -= engine.adapter[adapter].rank
            cache.touched[adapter] = max(cache.touched[adapter], s.full_touch)
            s.missing -= 1 - cache.on_gpu[adapter]
    else:
        s.base -= 1


@inlined
def start_decoding(engine: Engine, requests: Requests, request: int, block_size: int) -> None:
    """Enter a request whose prompt is computed into the calendar of finish steps."""
    s = engine.s[0]
    entry = engine.request[request]
    left = requests.output[request] - entry.generated
    due = s.clock + left
    entry.due = due
    slot = engine.ring[due & (engine.ring.size - 1)]
    last = slot.last
    entry.ring_previous = last
    entry.ring_next = NONE
    if last == NONE:
        slot.first = request
    else:
        engine.request[last].ring_next = request
    slot.last = request
    engine.block_phase[_phase(requests, request, due, block_size)] += 1
    s.decodes += 1
    s.context += requests.prompt[request] + entry.generated - 1


@inlined
def stop_decoding(engine: Engine, requests: Requests, request: int, block_size: int) -> None:
    """Take a decoding request out of the calendar and free its blocks."""
    s = engine.s[0]
    due = engine.request[request].due
    before, after = engine.request[request].ring_previous, engine.request[request].ring_next
    slot = engine.ring[due & (engine.ring.size - 1)]
    if before == NONE:
        slot.first = after
    else:
        engine.request[before].ring_next = after
    if after == NONE:
        slot.last = before
    else:
        engine.request[after].ring_previous = before
    engine.block_phase[_phase(requests, request, due, block_size)] -= 1
    computed = requests.prompt[request] + requests.output[request] - 1 - (due - s.clock)
    s.decodes -= 1
    s.context -= computed
    s.free += blocks_of(computed, block_size)


@inlined
def finish(engine: Engine, requests: Requests, request: int, time: float) -> None:
    """A request has all its tokens: note the time. It holds its adapter until `release`."""
    s = engine.s[0]
    engine.request[request].finish = time
    engine.finished[s.finished] = request
    s.finished += 1


@inlined
def release(engine: Engine, requests: Requests) -> None:
    """Take the requests that finished off the running list."""
    s = engine.s[0]
    for k in range(s.released, s.finished):
        leave(engine, requests, engine.finished[k])
    s.released = s.finished


@inlined
def preempt_last(engine: Engine, requests: Requests, block_size: int) -> None:
    """Preempt the most recently admitted request; it will be recomputed."""
    s = engine.s[0]
    request = s.last
    entry = engine.request[request]
    if request == s.partial:
        s.free += blocks_of(s.partial_done, block_size)
        s.partial = NONE
    else:
        entry.last_token = _last_token_time(engine)
        entry.generated = requests.output[request] - (entry.due - s.clock)
        stop_decoding(engine, requests, request, block_size)
        entry.due = 0
    leave(engine, requests, request)
    adapter = requests.adapter[request]
    push_front(engine, request, adapter)
    if engine.cache.running[adapter] > 0:
        heap_offer(engine, adapter)
    entry.preempted += 1
    s.preemptions += 1


@inlined
def _phase(requests: Requests, request: int, due: int, block_size: int) -> int:
    """Residue class of a decoding request: it needs a block when phase + clock = 0 (mod size)."""
    return int((requests.prompt[request] + requests.output[request] - 1 - due) % block_size)


@inlined
def _last_token_time(engine: Engine) -> float:
    """Time of the last token of the most recently admitted request, which stops decoding."""
    s = engine.s[0]
    if s.joined == 0:
        return float(s.last_decode)
    group = engine.joined[s.joined - 1]
    group.count -= 1
    if group.count == 0:
        s.joined -= 1
    return float(group.time)
