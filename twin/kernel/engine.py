"""One vLLM engine, step by step: scheduling, KV blocks, adapters, time.

The result is the one of the naive engine that looks at every request in every step.
"""

from __future__ import annotations

from twin.compiled import inlined
from twin.kernel.adapter_cache import touch_prompts, touch_running
from twin.kernel.gap_histogram import gap_bin
from twin.kernel.layout import NONE, Engine, EngineLimits, Requests, StepCosts
from twin.kernel.quiet import decode_on, finish_due
from twin.kernel.running import blocks_of, finish, release, start_decoding
from twin.kernel.scheduler import admit, arrive, grow
from twin.kernel.step_cost import step_time

__all__ = ["advance"]


@inlined
def advance(
    engine: Engine,
    requests: Requests,
    limits: EngineLimits,
    costs: StepCosts,
    known: int,
    until: float,
    duration: float,
    resolution: float,
) -> None:
    """Run the engine until its time reaches ``until`` or it has nothing to do.

    Parameters
    ----------
    engine : Engine
        State, changed in place.
    requests : Requests
        In order of arrival; the adapter after the last stands for the base model.
    limits, costs
        What bounds a step and what it costs.
    known : int
        The first ``known`` requests may arrive; later entries are not looked at.
    until : float
        Time in seconds; the step that crosses it is completed.
    duration : float
        End of the window in seconds; a step that ends later does not count.
    resolution : float
        Interval of the time series in seconds.
    """
    s = engine.s[0]
    sampled = engine.series.shape[0] > 0
    while s.now < until:
        seen = s.now
        if limits.asynchronous:
            if s.decodes > 0 or s.partial != NONE:
                seen = s.begin  # this step was planned when the last one began
            else:
                release(engine, requests)
        if s.upcoming < known and requests.arrival[s.upcoming] <= seen:
            arrive(engine, requests, limits, known, seen)
        if s.running == 0 and s.waiting == 0:
            if s.upcoming >= known or requests.arrival[s.upcoming] >= until:
                break
            s.now = requests.arrival[s.upcoming]
            continue
        decodes, num_done, settled, skipped = _step(
            engine, requests, limits, costs, duration, resolution
        )
        if s.now > duration:
            break
        any_finished = False
        if decodes > 0:
            _count_gaps(engine, decodes, s.now)
            s.context += decodes
            s.clock += 1
            any_finished = finish_due(engine, requests, limits, s.now)
        if decodes > 0 or not limits.prefill_first:
            s.last_decode = s.now
        if num_done > 0:
            _emit_first(engine, requests, limits, num_done)
        elif settled and not sampled and (s.waiting == 0 or not any_finished):
            stop = until
            if s.upcoming < known and requests.arrival[s.upcoming] < until:
                stop = requests.arrival[s.upcoming]
            decode_on(engine, requests, limits, costs, stop, duration, skipped)


@inlined
def _step(
    engine: Engine,
    requests: Requests,
    limits: EngineLimits,
    costs: StepCosts,
    duration: float,
    resolution: float,
) -> tuple[int, int, bool, int]:
    """Schedule one step and let its time pass.

    Returns the decodes in it, the prompts it completes, whether the next step would admit nothing
    either unless something changes, and the waiting requests looked at in vain.
    """
    s = engine.s[0]
    chunk, num_done, granted, skipped, loading, decodes = 0, 0, 0, 0, 0.0, 0
    settled = True
    adapters, rank_sum, context = 0, 0, 0
    if limits.prefill_first:
        # V0: prompts alone if any can come in, else one token for every running request.
        if s.waiting > 0:
            num_done, granted, skipped = admit(
                engine, requests, limits, limits.max_num_batched_tokens, 0
            )
        if num_done == 0:
            _, any_preempted = grow(engine, requests, limits)
            settled = not any_preempted
            decodes = s.decodes
        else:
            loading, adapters, rank_sum = touch_prompts(engine, requests, limits, num_done)
    else:
        # V1: running requests first, then waiting ones in what is left of the token budget.
        chunk, any_preempted = grow(engine, requests, limits)
        decodes = s.decodes
        partial = s.partial
        if partial != NONE:
            s.partial_done += chunk
            target = requests.prompt[partial] + engine.request[partial].generated
            if s.partial_done == target:
                engine.done[0] = partial
                num_done = 1
                s.partial = NONE
        if not any_preempted and s.partial == NONE and s.waiting > 0:
            budget = limits.max_num_batched_tokens - decodes - chunk
            num_done, granted, skipped = admit(engine, requests, limits, budget, num_done)
        settled = not any_preempted and s.partial == NONE
    if s.released < s.finished:
        release(engine, requests)
        settled = settled and s.waiting == 0
    if num_done == 0 or not limits.prefill_first:
        loading = touch_running(engine, limits)
        adapters, rank_sum, context = s.adapters, s.rank_sum, s.context
    tokens = chunk + granted
    compute = step_time(
        costs,
        decodes,
        tokens,
        context,
        adapters,
        rank_sum,
        s.running,
        s.waiting,
        skipped,
        s.base,
    )
    end = s.now + (max(compute, loading) if limits.overlap_loads else compute + loading)
    _record(engine, limits, loading, end, duration, resolution)
    s.now = end
    if end <= duration:
        s.steps += 1
        s.processed += tokens + decodes
    return decodes, num_done, settled, skipped


@inlined
def _record(
    engine: Engine,
    limits: EngineLimits,
    loading: float,
    end: float,
    duration: float,
    resolution: float,
) -> None:
    """Add a step to the integrals over time and to the time series."""
    s = engine.s[0]
    used = limits.kv_blocks - s.free
    inside = min(end, duration) - s.now
    s.busy += inside
    s.loading += min(loading, inside)
    s.running_integral += inside * s.running
    s.waiting_integral += inside * s.waiting
    s.blocks_integral += inside * used
    s.adapters_integral += inside * s.adapters
    s.blocks_max = max(s.blocks_max, used)
    row = s.samples
    while row < engine.series.shape[0] and (row + 1) * resolution <= end:
        moment = (row + 1) * resolution
        engine.series[row, 0] = moment
        if moment > s.now:
            engine.series[row, 1] = s.running
            engine.series[row, 2] = s.waiting
            engine.series[row, 3] = used
            engine.series[row, 4] = s.adapters
        row += 1
    s.samples = row
    s.begin = s.now


@inlined
def _count_gaps(engine: Engine, decodes: int, time: float) -> None:
    """Count the gap since each decoding request's last token."""
    s = engine.s[0]
    older = decodes
    for k in range(s.joined):
        group = engine.joined[k]
        engine.gap_counts[gap_bin(time - group.time)] += group.count
        older -= group.count
    s.joined = 0
    if older > 0:
        engine.gap_counts[gap_bin(time - s.last_decode)] += older


@inlined
def _emit_first(engine: Engine, requests: Requests, limits: EngineLimits, num_done: int) -> None:
    """Prompts that this step completed yield a token."""
    s = engine.s[0]
    time = s.now
    started = 0
    for k in range(num_done):
        request = engine.done[k]
        entry = engine.request[request]
        if entry.generated == 0:
            entry.first_token = time
        else:
            engine.gap_counts[gap_bin(time - entry.last_token)] += 1
        entry.generated += 1
        if entry.generated == requests.output[request]:
            held = requests.prompt[request] + requests.output[request] - 1
            s.free += blocks_of(held, limits.block_size)
            finish(engine, requests, request, time)
        else:
            start_decoding(engine, requests, request, limits.block_size)
            started += 1
    if not limits.slots_linger:
        release(engine, requests)
    if limits.prefill_first and started > 0:
        group = engine.joined[s.joined]
        group.time = time
        group.count = started
        s.joined += 1
