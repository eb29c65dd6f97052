"""Equilibrium of an engine: where arrivals, running requests and step time balance.

Let x be the requests that arrive, and finish, in a step with decodes. By Little's law x (o - 1)
requests decode and x p prompt tokens are computed, with p and o the mean prompt and output tokens.
With rates r_i of sum L, adapter i has a request running with probability 1 - exp(-x o r_i / L), as
in a queue with a server for each request. So the number A(x) of distinct adapters in the batch is
the sum of these over the histogram of rates, at most the slots, and the step time T(x) follows
from the profile's own terms (`twin.gpu.step_time.StepTime`). What the engine can hold bounds x
from above: the requests that may run, the KV cache, and the token budget of a step. The
equilibrium is the largest x below that bound with x = L T(x); where there is none, the engine is
overloaded and stays at the bound. What it is then said to serve is what it starts within the
window, those requests among it that run when the window ends.

Requests for the base model count in L, p and o, and are no adapters. An engine that serves nothing
else is looked at as one with a single adapter that costs nothing.

With more adapters at work than slots, A is the slots, and requests wait for one
(`estimators.features.slot_queue`). How long depends on the step time, which is taken for as much
of the traffic as there are slots for.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.slot_queue import SlotQueue, race_for_slots, slot_queue
from twin.compiled import compiled

__all__ = ["Equilibrium", "adapter_part", "equilibrium", "with_an_adapter"]

FloatArray = NDArray[np.float64]

_ITERATIONS = 3  # of Newton's method, from above
_LEAST_SHARE = 1e-3


class Equilibrium(NamedTuple):
    """Fixed point of an engine.

    Parameters
    ----------
    capacity : float
        Requests/s that can be served in the long run, were there enough slots.
    served_share : float
        Share of the arriving requests that are served.
    arrivals : float
        Requests that arrive and finish in a step with decodes.
    most_arrivals, kv_arrivals : float
        Bound of it, and the one from the KV cache alone.
    step : float
        Time of such a step in seconds, with prompts, without adapter loads.
    adapters, most_adapters : float
        Distinct adapters that would have a request running with enough slots, in equilibrium and
        at the bound.
    steady_adapters : float
        The same with a quarter of the running requests.
    holders : float
        Adapters that hardly ever leave their slots.
    hottest : float
        Mean rate of the busiest class of adapters in requests/s.
    slots : SlotQueue
        Wait for a slot.
    """

    capacity: float
    served_share: float
    arrivals: float
    most_arrivals: float
    kv_arrivals: float
    step: float
    adapters: float
    most_adapters: float
    steady_adapters: float
    holders: float
    hottest: float
    slots: SlotQueue


class _StepTerms(NamedTuple):
    """Time of a step as a function of the arrivals x in it and the distinct adapters A."""

    base: float
    linear: float  # times x
    adapter: float  # times A
    mixed: float  # times x A
    eager: float  # outside the CUDA graphs
    eager_adapter: float
    decodes: float  # in a step, over x
    graph_tokens: float
    prompt: float
    share_full: float  # prompt over the token budget, 0 where prompts share the steps of decodes
    part: float  # of the requests that are for adapters
    prefill: float  # of a step with a prompt
    adapter_few: float  # times A, beside few tokens
    few_tokens: float
    launch: float  # least time outside the CUDA graphs


@compiled
def adapter_part(traffic: FloatArray) -> float:
    """Part of the requests that are for adapters, and not for the base model."""
    rate = 0.0
    for b in range(stat.NUM_BINS):
        rate += traffic[stat.BIN_RATE + b]
    return rate / float(traffic[stat.RATE])


@compiled
def with_an_adapter(traffic: FloatArray, engine: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Traffic and engine; where all is for the base model, as that of an adapter without costs.

    Parameters
    ----------
    traffic : ndarray of shape (NUM_STATISTICS,)
    engine : ndarray of shape (NUM_FIGURES,)
    """
    if traffic[stat.NUM_ADAPTERS] > 0:
        return traffic, engine
    traffic, engine = traffic.copy(), engine.copy()
    rate = traffic[stat.RATE]
    traffic[stat.NUM_ADAPTERS] = traffic[stat.RANK] = 1.0
    traffic[stat.RATE_SQUARED] = rate * rate
    position = stat.rate_bin(rate)
    traffic[stat.BIN_COUNT + position] = 1.0
    traffic[stat.BIN_RATE + position] = rate
    for cost in (fig.ADAPTER, fig.ADAPTER_RANK, fig.ADAPTER_PREFILL_TOKEN, fig.EAGER_ADAPTER):
        engine[cost] = 0.0
    engine[fig.BASE] -= engine[fig.LORA]
    engine[fig.DECODE] -= engine[fig.LORA_DECODE]
    engine[fig.PREFILL_TOKEN] -= engine[fig.LORA_PREFILL_TOKEN]
    engine[fig.ADAPTER_FEW] = engine[fig.LAUNCH_LORA] = 0.0
    engine[fig.LOAD] = engine[fig.LOAD_PER_RANK] = engine[fig.LOAD_PADDING] = 0.0
    for slots in (fig.MAX_LORAS, fig.MAX_LORA_RANK):
        engine[slots] = max(1.0, engine[slots])
    return traffic, engine


@compiled
def _terms(traffic: FloatArray, engine: FloatArray) -> _StepTerms:
    rate = traffic[stat.RATE]
    prompt, output = traffic[stat.PROMPT] / rate, traffic[stat.OUTPUT] / rate
    decodes = max(1e-9, output - 1.0)
    # Every output token but the first reads the prompt and the output so far.
    context = traffic[stat.PROMPT_OUTPUT] - traffic[stat.PROMPT]
    context = (context + (traffic[stat.OUTPUT_SQUARED] - traffic[stat.OUTPUT]) / 2) / rate
    mean_rank = traffic[stat.RANK] / traffic[stat.NUM_ADAPTERS]
    return _StepTerms(
        engine[fig.BASE],
        engine[fig.DECODE] * decodes
        + engine[fig.KV_TOKEN] * context
        + engine[fig.SCHEDULER_RUNNING] * output
        + engine[fig.PREFILL_TOKEN] * prompt,
        engine[fig.ADAPTER] + engine[fig.ADAPTER_RANK] * mean_rank,
        engine[fig.ADAPTER_PREFILL_TOKEN] * prompt,
        engine[fig.EAGER],
        engine[fig.EAGER_ADAPTER],
        decodes,
        engine[fig.GRAPH_TOKENS],
        prompt,
        engine[fig.PREFILL_FIRST] * prompt / engine[fig.TOKEN_BUDGET],
        adapter_part(traffic),
        engine[fig.PREFILL],
        engine[fig.ADAPTER_FEW],
        engine[fig.FEW_TOKENS],
        engine[fig.LAUNCH] + engine[fig.LAUNCH_LORA],
    )


@compiled
def _step(t: _StepTerms, x: float, adapters: float, slope: float) -> tuple[float, float]:
    """Time of a step, and its derivative by x; ``slope`` is that of the adapters."""
    seconds = t.base + x * t.linear + t.adapter * adapters
    derivative = t.linear + t.adapter * slope
    eager = t.eager + t.eager_adapter * adapters
    room = t.graph_tokens - x * t.decodes
    if t.share_full > 0:
        # Prompts have steps of their own: one for each while few arrive, full ones when many do.
        alone = math.exp(-x)
        steps = 1.0 - alone + x * t.share_full
        together = min(adapters, t.part * x / max(1e-12, steps))
        own = t.base + t.adapter * together
        seconds += steps * own + x * t.mixed * together
        derivative += (alone + t.share_full) * own + t.mixed * together
        if room < 0:
            seconds += eager
    else:
        seconds += x * t.mixed * adapters
        derivative += t.mixed * (adapters + x * slope)
        without = math.exp(-x)  # part of the steps that have no prompt
        seconds += (1.0 - without) * t.prefill
        derivative += without * t.prefill
        if x * (t.decodes + t.prompt) < t.few_tokens:
            seconds += t.adapter_few * adapters
            derivative += t.adapter_few * slope
        # A prompt that is longer than the room beside the decodes takes a step out of the graphs.
        outside = min(1.0, x) * math.exp(-room / t.prompt) if room > 0 else 1.0
        seconds += outside * (eager + max(0.0, t.launch - seconds))
    return seconds, derivative


@compiled
def _at_work(
    rates: FloatArray, counts: FloatArray, time: float, slots: float
) -> tuple[float, float]:
    """Distinct adapters with a request that runs for ``time``; those with a slot, and slope."""
    total, slope = 0.0, 0.0
    for k in range(rates.size):
        absent = math.exp(-time * rates[k])
        total += counts[k] * (1.0 - absent)
        slope += counts[k] * rates[k] * absent
    return (slots, 0.0) if total > slots else (total, slope)


@compiled
def _balance(
    t: _StepTerms, rate: float, bound: float, slots: float, queue: float
) -> tuple[float, float]:
    """Arrivals and time of a step at a rate that the engine can serve, all slots at work.

    ``queue`` is the time of a step that goes to requests which wait.
    """
    x = bound
    for _ in range(2):
        step, slope = _step(t, x, slots, 0.0)
        x -= (x - rate * (step + queue)) / max(1e-3, 1.0 - rate * slope)
        x = min(bound, max(x, rate * t.base))
    return x, _step(t, x, slots, 0.0)[0] + queue


@compiled
def equilibrium(
    traffic: FloatArray, engine: FloatArray, window: float, scratch: FloatArray
) -> Equilibrium:
    """Equilibrium of an engine and its traffic.

    Parameters
    ----------
    traffic : ndarray of shape (NUM_STATISTICS,)
        See `estimators.features.traffic_statistics`.
    engine : ndarray of shape (NUM_FIGURES,)
        See `estimators.features.engine_figures`; an engine that starts, and has a slot where there
        are adapters.
    window : float
        Seconds over which the queues of an overloaded engine grow.
    scratch : ndarray of shape (3, NUM_BINS)
        Room for intermediate results.
    """
    traffic, engine = with_an_adapter(traffic, engine)
    used = 0
    for b in range(stat.NUM_BINS):
        if traffic[stat.BIN_COUNT + b] > 0:
            scratch[1, used] = traffic[stat.BIN_COUNT + b]
            scratch[0, used] = traffic[stat.BIN_RATE + b] / scratch[1, used]
            used += 1
    rates, counts = scratch[0, :used], scratch[1, :used]
    rate, slots = traffic[stat.RATE], engine[fig.MAX_LORAS]
    prompt, output = traffic[stat.PROMPT] / rate, traffic[stat.OUTPUT] / rate
    held = traffic[stat.PROMPT_OUTPUT] + traffic[stat.OUTPUT_SQUARED] / 2
    held = (held + traffic[stat.OUTPUT] * engine[fig.BLOCK_SIZE] / 2) / rate
    kv_bound = engine[fig.KV_TOKENS] / held
    if engine[fig.PREFILL_FIRST] == 0:
        # What is preempted is computed again, the more often the fewer requests there is room for.
        kv_bound /= (
            1.0 + traffic[stat.PROMPT_SQUARED] / traffic[stat.PROMPT] / engine[fig.KV_TOKENS]
        )
    bound = min(kv_bound, engine[fig.MAX_NUM_SEQS] / output)
    if engine[fig.PREFILL_FIRST] == 0:
        bound = min(bound, engine[fig.TOKEN_BUDGET] / (output - 1.0 + prompt))
    t = _terms(traffic, engine)
    per_rate = output / rate  # seconds that requests run, over x
    most_adapters, _ = _at_work(rates, counts, bound * per_rate, np.inf)
    full_step, _ = _step(t, bound, min(slots, most_adapters), 0.0)
    capacity = bound / full_step
    x, step, share = bound, full_step, 1.0
    if capacity < rate:
        # The queue that builds up takes scheduler time.
        per_waiting = engine[fig.SCHEDULER_WAITING]
        if most_adapters > slots:
            per_waiting += engine[fig.SCHEDULER_SKIPPED]
        for _ in range(3):
            step = full_step + per_waiting * (rate - bound / step) * window / 2
        # Those that run when the window ends have been started, too.
        output_square = traffic[stat.OUTPUT_SQUARED] / traffic[stat.OUTPUT]
        late = step * (output + output_square) / 4 / window
        share = min(1.0, bound / step / rate * (1.0 + late))
    else:
        slope = t.linear
        for _ in range(_ITERATIONS):
            x -= (x - rate * step) / max(1e-3, 1.0 - rate * slope)
            x = min(bound, max(x, rate * t.base))
            adapters, slope = _at_work(rates, counts, x * per_rate, slots)
            step, slope = _step(t, x, adapters, slope)
    adapters, steady, holders = 0.0, 0.0, 0.0
    for k in range(used):
        quarter = math.exp(-rates[k] * x * per_rate / 4)
        absent = quarter**4
        adapters += counts[k] * (1.0 - absent)
        steady += counts[k] * (1.0 - quarter)
        holders += counts[k] * (1.0 - absent) ** 4
    queue = SlotQueue(0.0, 0.0, 1.0, 0.0)
    if adapters > slots:
        variance = traffic[stat.OUTPUT_SQUARED] / rate - output * output
        spread = math.sqrt(max(0.0, variance)) / output
        race, held_rate = race_for_slots(rates, counts, slots)
        most = rate * (1.0 - t.part) + max(held_rate, rate * t.part * slots / adapters)
        per_skipped = engine[fig.SCHEDULER_WAITING] + engine[fig.SCHEDULER_SKIPPED]
        waiting = per_skipped * (rate - most) * window / 2
        y, slot_step = _balance(t, most, bound, slots, waiting)
        residence = slot_step * output
        guess = max(1.0, residence)
        own = slot_queue(rates, counts, scratch[2], slots, residence, spread, window, race, guess)
        served = own.served_share + (1.0 - own.served_share) * (1.0 - t.part)
        queue = SlotQueue(own.wait, own.delay * t.part, served, own.visits)
        slot_share = max(_LEAST_SHARE, queue.served_share)
        if slot_share < share:
            share = slot_share
            waiting = per_skipped * rate * (1.0 - share) * window / 2
            x, step = _balance(t, rate * share, bound, slots, waiting)
        elif capacity >= rate:
            x, step = y, slot_step
    hottest = rates[used - 1]
    return Equilibrium(
        capacity,
        share,
        x,
        bound,
        kv_bound,
        step,
        adapters,
        most_adapters,
        steady,
        holders,
        hottest,
        queue,
    )
