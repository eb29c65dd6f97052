"""What runs in a step: blocks for the running requests, then admission of waiting ones."""

from __future__ import annotations

from twin.compiled import inlined
from twin.kernel.layout import NONE, Engine, EngineLimits, Requests
from twin.kernel.running import blocks_of, enter, preempt_last, release
from twin.kernel.waiting import heap_first, heap_offer, pop, push_back

__all__ = ["admit", "arrive", "grow"]


@inlined
def arrive(
    engine: Engine, requests: Requests, limits: EngineLimits, known: int, time: float
) -> None:
    """Queue the requests that have arrived by now, or turn them away."""
    s = engine.s[0]
    capacity = limits.kv_blocks * limits.block_size
    upcoming = s.upcoming
    while upcoming < known and requests.arrival[upcoming] <= time:
        longest = requests.prompt[upcoming] + requests.output[upcoming]
        if (0 < limits.max_in_system <= s.running + s.waiting) or longest > capacity:
            engine.rejected[upcoming] = True
        else:
            adapter = requests.adapter[upcoming]
            push_back(engine, upcoming, adapter)
            if engine.cache.running[adapter] > 0:
                heap_offer(engine, adapter)
        upcoming += 1
    s.upcoming = upcoming


@inlined
def grow(engine: Engine, requests: Requests, limits: EngineLimits) -> tuple[int, bool]:
    """Give every running request the blocks of this step, preempting the latest if they lack.

    Returns the tokens granted to the request whose prompt is computed in part, and whether any
    request was preempted.
    """
    s = engine.s[0]
    size = limits.block_size
    any_preempted = False
    while True:
        need = engine.block_phase[(-s.clock) % size]
        chunk = 0
        if s.partial != NONE:
            request = s.partial
            done = s.partial_done
            left = requests.prompt[request] + engine.request[request].generated - done
            chunk = max(0, min(left, limits.max_num_batched_tokens - s.decodes))
            need += blocks_of(done + chunk, size) - blocks_of(done, size)
        if need <= s.free:
            s.free -= need
            return chunk, any_preempted
        if s.released < s.finished:
            release(engine, requests)
            continue
        preempt_last(engine, requests, size)
        any_preempted = True


@inlined
def admit(
    engine: Engine, requests: Requests, limits: EngineLimits, budget: int, num_done: int
) -> tuple[int, int, int]:
    """Let waiting requests in until a limit is reached.

    Returns the number of requests whose prompt this step completes (they are listed in
    ``engine.done``), the prompt tokens granted, and how many waiting requests were looked at in
    vain because no adapter slot was left. Those passed over before another limit was reached are
    not counted: they are few, as the scan stopped early.
    """
    s = engine.s[0]
    granted = 0
    skipped = 0
    while s.waiting > 0 and granted < budget and s.running < limits.max_num_seqs:
        request = s.head if s.adapters < limits.max_loras else heap_first(engine)
        if request == NONE:
            skipped = s.waiting
            break
        target = requests.prompt[request] + engine.request[request].generated
        tokens = min(target, budget - granted)
        if limits.prefill_first and tokens < target:
            if granted > 0:
                break
            tokens = target  # V0 computes a prompt whole
        blocks = blocks_of(tokens, limits.block_size)
        wanted = blocks_of(target, limits.block_size) if limits.reserve_prompts else blocks
        reserve = limits.watermark_blocks if s.running > 0 else 0
        if wanted + reserve > s.free:
            break
        pop(engine, request, requests.adapter[request])
        s.free -= blocks
        enter(engine, requests, request)
        granted += tokens
        if tokens < target:
            s.partial = request
            s.partial_done = tokens
        else:
            engine.done[num_done] = request
            num_done += 1
    return num_done, granted, skipped
