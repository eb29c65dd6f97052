"""Features of an engine and its traffic: what models see, and what their outputs are relative to.

Most features are ratios without a unit, so that what is learned from one case holds for others.
They are computed from the statistics of the traffic (`estimators.features.traffic_statistics`),
the figures of the engine (`estimators.features.engine_figures`) and the equilibrium of the two
(`estimators.features.equilibrium`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.equilibrium import adapter_part, equilibrium, with_an_adapter
from estimators.features.traffic_statistics import SHORT_WINDOW
from twin.compiled import compiled

__all__ = [
    "FEATURES",
    "FEATURE_ROW",
    "NUM_FEATURES",
    "REFERENCE",
    "Feature",
    "feature_rows",
    "write_features",
]

FloatArray = NDArray[np.float64]


class Feature(NamedTuple):
    """One thing that models see.

    Parameters
    ----------
    name, unit, meaning : str
    growth : int
        1 where it grows when all rates are multiplied by a factor above 1, else 0.
    """

    name: str
    unit: str
    meaning: str
    growth: int = 0


FEATURES = (
    Feature("relative_rate", "1", "request rate over the engine's capacity with enough slots", 1),
    Feature("served_share", "1", "share of the requests that the equilibrium serves", -1),
    Feature("running", "requests", "requests that run at the same time", 1),
    Feature("most_running", "requests", "requests that may run at the same time"),
    Feature("cache_room", "1", "requests that the KV cache allows over those that may run"),
    Feature("cache_use", "1", "requests that run over those that the KV cache allows", 1),
    Feature("step", "1", "step time over that of an empty step with the same slots", 1),
    Feature("base", "s", "time of an empty step with these slots"),
    Feature("budget_use", "1", "tokens of a step over max_num_batched_tokens", 1),
    Feature("prefill_part", "1", "part of the step time that computes prompts"),
    Feature("adapter_part", "1", "part of the step time that switches between adapters"),
    Feature("slot_pressure", "1", "adapters at work, were there enough slots, over max_loras", 1),
    Feature("full_pressure", "1", "the same with as many running requests as may run"),
    Feature("scarcity", "1", "adapters over max_loras"),
    Feature("steadiness", "1", "part of the adapters at work that hardly leave their slots", 1),
    Feature("holders", "1", "adapters that never leave their slots over max_loras", 1),
    Feature("hottest", "1", "requests of the busiest adapters that run at the same time", 1),
    Feature("dominance", "1", "rate of the busiest adapters over the mean rate"),
    Feature("evenness", "1", "(sum of rates)^2 / (adapters x sum of squared rates)"),
    Feature("adapters", "adapters", "adapters on the engine"),
    Feature("slot_wait", "1", "wait of an adapter for a slot over the window"),
    Feature("slot_delay", "1", "wait for a slot, mean over all requests, over the window"),
    Feature("slot_share", "1", "share of the requests that get a slot within the window"),
    Feature("loading", "s/s", "adapters that come in, times the time of a load"),
    Feature("reloading", "s/s", "the same times max_loras: what a row of loads takes"),
    Feature("rank", "1", "mean rank over max_lora_rank"),
    Feature("prompt", "tokens", "mean prompt"),
    Feature("output", "tokens", "mean output"),
    Feature("prompt_cv", "1", "coefficient of variation of the prompt tokens, by rate"),
    Feature("output_cv", "1", "coefficient of variation of the output tokens, by rate"),
    Feature("correlation", "1", "covariance of prompt and output tokens over their means"),
    Feature("residence", "s", "time from admission to the last token"),
    Feature("short_bursts", "1", "dispersion of arrivals in windows of 10 s", 1),
    Feature("long_bursts", "1", "dispersion of arrivals in windows of 600 s", 1),
    Feature("requests", "requests", "that arrive within the window, at most 50,000"),
    Feature("residence_part", "1", "residence over the window", 1),
    Feature("window", "s", "time that the prediction is for"),
    Feature("decode_part", "1", "part of the step time that requests add which generate"),
    Feature("context_part", "1", "part of the step time that reads the KV cache"),
    Feature("mixed_part", "1", "part of the step time that adds prompts of many adapters"),
    Feature("outside", "1", "time of a step outside the CUDA graphs over that of a step"),
    Feature(
        "queue_cost", "1", "time that a window full of waiting requests adds, over that of a step"
    ),
    Feature("load_steps", "1", "time of an adapter load over that of a step"),
    Feature("prompt_part", "1", "mean prompt over max_num_batched_tokens"),
    Feature("base_share", "1", "share of the requests that are for the base model"),
    Feature("prefill_first", "0 or 1", "prompts have steps of their own"),
    Feature("plans_ahead", "0 or 1", "a step is planned while the one before it runs"),
    Feature("holds_slots", "0 or 1", "requests that have finished hold their slots for a step"),
    Feature("reserves_prompts", "0 or 1", "requests wait until whole prompts find KV blocks"),
)
"""What models see, in order; the windows are those of `write_features`."""

NUM_FEATURES = len(FEATURES)

_MOST_REQUESTS = 50_000.0
_LOUDEST = 0.9  # part of the time that computes prompts


FEATURE_ROW = np.dtype([(feature.name, "f8") for feature in FEATURES])
"""The features of one engine, in order."""

REFERENCE = np.dtype(
    [("served_share", "f8"), ("step", "f8"), ("first_token", "f8"), ("busy", "f8")]
)
"""What the outputs of models are relative to: the share of the offered traffic that the
equilibrium serves, the time of a step in seconds, an estimate of the mean time to first token in
seconds, and one of the share of the time in which the engine works."""


@compiled
def _variation(mean_square: float, mean: float) -> float:
    """Coefficient of variation."""
    return math.sqrt(max(0.0, mean_square / (mean * mean) - 1.0))


@compiled
def write_features(
    traffic: FloatArray,
    engine: FloatArray,
    window: float,
    scratch: FloatArray,
    out: Any,
    reference: Any,
) -> None:
    """Compute the features of one engine and its traffic.

    Parameters
    ----------
    traffic : ndarray of shape (NUM_STATISTICS,)
        Statistics of at least one adapter, or of requests for the base model.
    engine : ndarray of shape (NUM_FIGURES,)
        Figures of an engine that starts, and has a slot where there are adapters.
    window : float
        Seconds that the prediction is for.
    scratch : ndarray of shape (3, NUM_BINS)
        Room for intermediate results.
    out : record of FEATURE_ROW
        Where they are written.
    reference : record of REFERENCE
        Where is written what outputs are relative to.
    """
    traffic, engine = with_an_adapter(traffic, engine)
    eq = equilibrium(traffic, engine, window, scratch)
    part = adapter_part(traffic)
    rate, number = traffic[stat.RATE], traffic[stat.NUM_ADAPTERS]
    prompt, output = traffic[stat.PROMPT] / rate, traffic[stat.OUTPUT] / rate
    slots = engine[fig.MAX_LORAS]
    running = eq.arrivals * output
    residence = eq.step * output
    rank, at_work = traffic[stat.RANK] / number, min(slots, eq.adapters)
    swap = engine[fig.LOAD] + engine[fig.LOAD_PER_RANK] * rank
    if traffic[stat.RANK] < number * engine[fig.MAX_LORA_RANK]:
        swap += engine[fig.LOAD_PADDING]
    coming_in = eq.slots.visits
    if coming_in == 0.0:
        coming_in = rate * part * max(0.0, 1.0 - slots / number)
    out.relative_rate = rate / eq.capacity
    out.served_share = eq.served_share
    out.running = running
    out.most_running = eq.most_arrivals * output
    out.cache_room = eq.kv_arrivals / eq.most_arrivals
    out.cache_use = eq.arrivals / eq.kv_arrivals
    out.step = eq.step / engine[fig.BASE]
    out.base = engine[fig.BASE]
    out.budget_use = (running + eq.arrivals * prompt) / engine[fig.TOKEN_BUDGET]
    out.prefill_part = eq.arrivals * prompt * engine[fig.PREFILL_TOKEN] / eq.step
    out.adapter_part = at_work * (engine[fig.ADAPTER] + engine[fig.ADAPTER_RANK] * rank) / eq.step
    out.slot_pressure = eq.adapters / slots
    out.full_pressure = eq.most_adapters / slots
    out.scarcity = number / slots
    out.steadiness = eq.steady_adapters / eq.adapters
    out.holders = eq.holders / slots
    out.hottest = eq.hottest * residence
    out.dominance = eq.hottest * number / (rate * part)
    out.evenness = (rate * part) ** 2 / (number * traffic[stat.RATE_SQUARED])
    out.adapters = number
    out.slot_wait = eq.slots.wait / window
    out.slot_delay = eq.slots.delay / window
    out.slot_share = eq.slots.served_share
    out.loading = coming_in * swap
    out.reloading = eq.slots.visits * swap * slots
    out.rank = rank / engine[fig.MAX_LORA_RANK]
    out.prompt = prompt
    out.output = output
    out.prompt_cv = _variation(traffic[stat.PROMPT_SQUARED] / rate, prompt)
    out.output_cv = _variation(traffic[stat.OUTPUT_SQUARED] / rate, output)
    out.correlation = traffic[stat.PROMPT_OUTPUT] / (rate * prompt * output) - 1.0
    out.residence = residence
    out.short_bursts = traffic[stat.SHORT_DISPERSION] / rate
    out.long_bursts = traffic[stat.LONG_DISPERSION] / rate
    out.requests = min(_MOST_REQUESTS, rate * window)
    out.residence_part = residence / window
    out.window = window
    context = traffic[stat.PROMPT_OUTPUT] - traffic[stat.PROMPT]
    context += (traffic[stat.OUTPUT_SQUARED] - traffic[stat.OUTPUT]) / 2
    out.decode_part = eq.arrivals * (output - 1.0) * engine[fig.DECODE] / eq.step
    out.context_part = eq.arrivals * context / rate * engine[fig.KV_TOKEN] / eq.step
    out.mixed_part = eq.arrivals * prompt * at_work * engine[fig.ADAPTER_PREFILL_TOKEN] / eq.step
    eager = engine[fig.EAGER] + engine[fig.EAGER_ADAPTER] * at_work
    out.outside = max(eq.step + eager, engine[fig.LAUNCH] + engine[fig.LAUNCH_LORA]) / eq.step
    per_waiting = engine[fig.SCHEDULER_WAITING]
    if eq.adapters > slots:
        per_waiting += engine[fig.SCHEDULER_SKIPPED]
    out.queue_cost = per_waiting * rate * window / eq.step
    out.load_steps = swap / eq.step
    out.prompt_part = prompt / engine[fig.TOKEN_BUDGET]
    out.base_share = 1.0 - part
    out.prefill_first = engine[fig.PREFILL_FIRST]
    out.plans_ahead = engine[fig.PLANS_AHEAD]
    out.holds_slots = engine[fig.HOLDS_SLOTS]
    out.reserves_prompts = engine[fig.RESERVES_PROMPTS]
    # A request sees itself and the others, more of them where they come in bursts.
    swings = (traffic[stat.SHORT_DISPERSION] / rate - 1.0) / (rate * SHORT_WINDOW)
    crowd = max(1.0, min(1.0 + swings, eq.capacity / rate))
    seen = engine[fig.BASE] + (eq.step - engine[fig.BASE]) * crowd
    seen += engine[fig.DECODE] + engine[fig.KV_TOKEN] * context / rate / max(1.0, output - 1.0)
    seen += engine[fig.SCHEDULER_RUNNING]
    alone = math.exp(-running / number)
    seen += alone * part * (engine[fig.ADAPTER] + engine[fig.ADAPTER_RANK] * rank)
    # Prompts lengthen the step in which more of them arrive, its own above all.
    token = engine[fig.PREFILL_TOKEN] + engine[fig.ADAPTER_PREFILL_TOKEN] * at_work
    own = engine[fig.PREFILL] + token * prompt + engine[fig.PREFILL_FIRST] * engine[fig.BASE]
    echo = min(_LOUDEST, eq.arrivals / eq.step * own)
    excess = rate * crowd * token * token * traffic[stat.PROMPT_SQUARED] / rate
    excess = min(eq.step, excess / (1.0 - echo * echo))
    seen += (own + excess) * echo / (1.0 - echo) / max(1.0, output - 1.0)
    # It waits for the step that runs, and then for one with its own prompt, or several.
    own += max(0.0, prompt / engine[fig.TOKEN_BUDGET] - 1.0) * eq.step
    if prompt > engine[fig.GRAPH_TOKENS]:
        own = max(own + eager, engine[fig.LAUNCH] + engine[fig.LAUNCH_LORA] - eq.step)
    own += swap * min(1.0, coming_in / (rate * part))
    waiting = eq.slots.delay + (1.0 - eq.served_share) * window / 2
    busy = 1.0 - math.exp(-running) if eq.served_share == 1.0 else 1.0
    first = busy * (eq.step * (0.5 + engine[fig.PLANS_AHEAD]) + excess / 2) + eq.step
    first += own * (1.0 + excess * eq.arrivals / eq.step)
    reference.served_share = eq.served_share
    reference.step = seen
    reference.first_token = engine[fig.FRONT_END] + first + waiting
    reference.busy = busy


@compiled
def feature_rows(
    traffic: FloatArray, engines: FloatArray, seconds: FloatArray
) -> tuple[FloatArray, NDArray[np.void]]:
    """Compute the features of n engines and their traffic.

    Parameters
    ----------
    traffic : ndarray of shape (n, NUM_STATISTICS)
    engines : ndarray of shape (n, NUM_FIGURES)
    seconds : ndarray of shape (n,)
        Time that each prediction is for.

    Returns
    -------
    features : ndarray of shape (n, NUM_FEATURES)
    references : ndarray of REFERENCE, of shape (n,)
    """
    n = traffic.shape[0]
    features, references = np.empty((n, NUM_FEATURES)), np.empty(n, REFERENCE)
    scratch = np.empty((3, stat.NUM_BINS))
    for i in range(n):
        row = features[i].view(FEATURE_ROW)[0]
        write_features(traffic[i], engines[i], seconds[i], scratch, row, references[i])
    return features, references
