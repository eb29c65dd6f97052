"""Runs of steps in which nothing but decoding happens, advanced in one tight loop."""

from __future__ import annotations

from twin.compiled import inlined
from twin.kernel.gap_histogram import bin_edges, gap_bin
from twin.kernel.layout import NONE, Engine, EngineLimits, Requests, StepCosts
from twin.kernel.running import finish, release, stop_decoding
from twin.kernel.step_cost import step_time

__all__ = ["decode_on", "finish_due"]


@inlined
def finish_due(engine: Engine, requests: Requests, limits: EngineLimits, time: float) -> bool:
    """Requests whose last token comes out with this step finish; tells whether any did."""
    request = engine.ring[engine.s[0].clock & (engine.ring.size - 1)].first
    any_finished = request != NONE
    while request != NONE:
        following = engine.request[request].ring_next
        stop_decoding(engine, requests, request, limits.block_size)
        finish(engine, requests, request, time)
        request = following
    if any_finished and not limits.slots_linger:
        release(engine, requests)
    return bool(any_finished)


@inlined
def decode_on(
    engine: Engine,
    requests: Requests,
    limits: EngineLimits,
    costs: StepCosts,
    until: float,
    duration: float,
    skipped: int,
) -> None:
    """Decode step after step while no request can come in, the result being that of single steps.

    Stops before a step at which a request has arrived, blocks lack, ``until`` is reached or the
    window ends, and after a step that finished a request if others wait.

    Parameters
    ----------
    until : float
        The next arrival or the time at which the engine must stop, in seconds.
    skipped : int
        Waiting requests that every step looks at in vain.
    """
    s = engine.s[0]
    size = limits.block_size
    mask = engine.ring.size - 1
    time = s.now
    started = time
    begin = s.begin
    clock = s.clock
    free = s.free
    context = s.context
    decodes = s.decodes
    adapters = s.adapters
    rank_sum = s.rank_sum
    running = s.running
    base = s.base
    waiting = s.waiting
    blocks_integral = 0.0
    steps = 0
    processed = 0
    low, high, position, pending = 0.0, 0.0, 0, 0
    while decodes > 0 and time < until:
        need = engine.block_phase[(-clock) % size]
        if need > free:
            break
        if s.released < s.finished:
            release(engine, requests)
            adapters = s.adapters
            rank_sum = s.rank_sum
            running = s.running
            base = s.base
        step = step_time(
            costs, decodes, 0, context, adapters, rank_sum, running, waiting, skipped, base
        )
        end = time + step
        if end > duration:
            break
        free -= need
        used = limits.kv_blocks - free
        blocks_integral += used * (end - time)
        if used > s.blocks_max:
            s.blocks_max = used
        gap = end - time
        if not low < gap <= high:
            engine.gap_counts[position] += pending
            pending = 0
            position = gap_bin(gap)
            low, high = bin_edges(position)
        pending += decodes
        begin = time
        time = end
        steps += 1
        processed += decodes
        context += decodes
        clock += 1
        if engine.ring[clock & mask].first != NONE:
            elapsed = time - started
            s.busy += elapsed
            s.running_integral += elapsed * running
            s.waiting_integral += elapsed * s.waiting
            s.adapters_integral += elapsed * adapters
            started = time
            s.touch += clock - s.clock
            s.full_touch = s.touch
            s.clock = clock
            s.free = free
            s.context = context
            finish_due(engine, requests, limits, time)
            free = s.free
            context = s.context
            decodes = s.decodes
            adapters = s.adapters
            rank_sum = s.rank_sum
            running = s.running
            base = s.base
            if s.waiting > 0:
                break
    engine.gap_counts[position] += pending
    elapsed = time - started
    s.busy += elapsed
    s.running_integral += elapsed * running
    s.waiting_integral += elapsed * s.waiting
    s.adapters_integral += elapsed * adapters
    s.blocks_integral += blocks_integral
    s.begin = begin
    s.now = time
    s.last_decode = time
    if clock > s.clock:
        s.touch += clock - s.clock
        s.full_touch = s.touch
    s.clock = clock
    s.free = free
    s.context = context
    s.steps += steps
    s.processed += processed
