"""Features of an engine and its traffic: what models see, and what their outputs are relative to.

Most features are ratios without a unit, so that what is learned from one case holds for others.
They are computed from the statistics of the traffic (`estimators.features.traffic_statistics`),
the figures of the engine (`estimators.features.engine_figures`) and the equilibrium of the two
(`estimators.features.equilibrium`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.features import engine_figures as fig
from estimators.features import traffic_statistics as stat
from estimators.features.equilibrium import equilibrium
from twin.compiled import compiled

__all__ = ["FEATURES", "NUM_FEATURES", "Feature", "References", "feature_rows", "write_features"]

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
)
"""What models see, in order; the windows are those of `write_features`."""

NUM_FEATURES = len(FEATURES)

_MOST_REQUESTS = 50_000.0


class References(NamedTuple):
    """What the outputs of models are relative to.

    Parameters
    ----------
    served_share : float
        Share of the offered traffic that the equilibrium serves.
    step : float
        Time of a step in seconds.
    first_token : float
        Estimate of the mean time to first token in seconds.
    busy : float
        Estimate of the share of time in which the engine works.
    """

    served_share: float
    step: float
    first_token: float
    busy: float


@compiled
def write_features(
    traffic: FloatArray, engine: FloatArray, window: float, scratch: FloatArray, out: FloatArray
) -> References:
    """Compute the features of one engine and its traffic.

    Parameters
    ----------
    traffic : ndarray of shape (NUM_STATISTICS,)
        Statistics of at least one adapter.
    engine : ndarray of shape (NUM_FIGURES,)
        Figures of an engine that starts and has a slot.
    window : float
        Seconds that the prediction is for.
    scratch : ndarray of shape (3, NUM_BINS)
        Room for intermediate results.
    out : ndarray of shape (NUM_FEATURES,)
        Where they are written.
    """
    eq = equilibrium(traffic, engine, window, scratch)
    rate, number = traffic[stat.RATE], traffic[stat.NUM_ADAPTERS]
    prompt, output = traffic[stat.PROMPT] / rate, traffic[stat.OUTPUT] / rate
    slots = engine[fig.MAX_LORAS]
    running = eq.arrivals * output
    residence = eq.step * output
    swap = engine[fig.LOAD] + engine[fig.LOAD_PER_RANK] * traffic[stat.RANK] / number
    if traffic[stat.RANK] < number * engine[fig.MAX_LORA_RANK]:
        swap += engine[fig.LOAD_PADDING]
    coming_in = eq.slots.visits
    if coming_in == 0.0:
        coming_in = rate * max(0.0, 1.0 - slots / number)
    out[0] = rate / eq.capacity
    out[1] = eq.served_share
    out[2] = running
    out[3] = eq.most_arrivals * output
    out[4] = eq.kv_arrivals / eq.most_arrivals
    out[5] = eq.arrivals / eq.kv_arrivals
    out[6] = eq.step / engine[fig.BASE]
    out[7] = engine[fig.BASE]
    out[8] = (running + eq.arrivals * prompt) / engine[fig.TOKEN_BUDGET]
    out[9] = eq.arrivals * prompt * engine[fig.PREFILL_TOKEN] / eq.step
    out[10] = engine[fig.ADAPTER] * min(slots, eq.adapters) / eq.step
    out[11] = eq.adapters / slots
    out[12] = eq.most_adapters / slots
    out[13] = number / slots
    out[14] = eq.steady_adapters / eq.adapters
    out[15] = eq.holders / slots
    out[16] = eq.hottest * residence
    out[17] = eq.hottest * number / rate
    out[18] = rate * rate / (number * traffic[stat.RATE_SQUARED])
    out[19] = number
    out[20] = eq.slots.wait / window
    out[21] = eq.slots.delay / window
    out[22] = eq.slots.served_share
    out[23] = coming_in * swap
    out[24] = eq.slots.visits * swap * slots
    out[25] = traffic[stat.RANK] / (number * engine[fig.MAX_LORA_RANK])
    out[26] = prompt
    out[27] = output
    out[28] = math.sqrt(max(0.0, traffic[stat.PROMPT_SQUARED] / (rate * prompt * prompt) - 1.0))
    out[29] = math.sqrt(max(0.0, traffic[stat.OUTPUT_SQUARED] / (rate * output * output) - 1.0))
    out[30] = traffic[stat.PROMPT_OUTPUT] / (rate * prompt * output) - 1.0
    out[31] = residence
    out[32] = traffic[stat.SHORT_DISPERSION] / rate
    out[33] = traffic[stat.LONG_DISPERSION] / rate
    out[34] = min(_MOST_REQUESTS, rate * window)
    out[35] = residence / window
    out[36] = window
    waiting = eq.slots.delay + (1.0 - eq.served_share) * window / 2
    busy = 1.0 - math.exp(-running) if eq.served_share == 1.0 else 1.0
    return References(eq.served_share, eq.step, eq.step + waiting, busy)


@compiled
def feature_rows(
    traffic: FloatArray, engines: FloatArray, seconds: FloatArray
) -> tuple[FloatArray, FloatArray]:
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
    references : ndarray of shape (n, 4)
        See `References`.
    """
    n = traffic.shape[0]
    features, references = np.empty((n, NUM_FEATURES)), np.empty((n, 4))
    scratch = np.empty((3, stat.NUM_BINS))
    for i in range(n):
        ref = write_features(traffic[i], engines[i], seconds[i], scratch, features[i])
        references[i, 0] = ref.served_share
        references[i, 1] = ref.step
        references[i, 2] = ref.first_token
        references[i, 3] = ref.busy
    return features, references
