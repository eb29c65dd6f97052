"""Figures of a loop: the columns that tables of runs have for what a client and counters saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from twin.measure.loops import Loop
from twin.measure.records import Answer

__all__ = ["closed_loop_figures", "open_loop_figures"]

Figure = float | int | None
_STARVED = 0.9  # share of the offered tokens below which an engine starves


def closed_loop_figures(loop: Loop) -> dict[str, Figure]:
    """Columns of closed-loop tables; times in milliseconds, NaN where there are none.

    ``mean_itl_ms`` is the mean over requests, ``median_itl_ms`` the median gap while all of them
    decode, and ``engine_itl_ms`` the mean gap by the engine's own clock.
    """
    tpot = [answer.tpot for answer in loop.answers]
    mean = _mean(tpot)
    return {
        "num_prompts": len(loop.answers),
        "mean_tpot_ms": mean,
        "median_tpot_ms": _median(tpot),
        "mean_itl_ms": mean,
        "median_itl_ms": _median(_steady_gaps(loop.answers)),
        "engine_itl_ms": _milliseconds(loop.before.mean_gap(loop.after)),
        "mean_ttft_ms": _mean([answer.ttft for answer in loop.answers]),
        "completed_requests": sum(answer.is_complete for answer in loop.answers),
        "duration_s": loop.duration,
        "engine_steps": loop.before.num_steps(loop.after),
        "client_cpu_frac": loop.load.busy,
    }


def open_loop_figures(loop: Loop, window: float) -> dict[str, Figure]:
    """Columns of tables of runs; NaN where no request tells.

    What was completed and what the engine processed are columns of their own: a short window
    ends while much of what was processed is not complete.

    Parameters
    ----------
    loop : Loop
    window : float
        Seconds in which requests arrived.
    """
    answers, duration = loop.answers, loop.duration
    done = [answer for answer in answers if answer.is_complete]
    prompt = sum(answer.request.prompt_tokens for answer in done)
    output = sum(answer.request.output_tokens for answer in done)
    requests = [answer.request for answer in answers]
    offered = sum(r.prompt_tokens + r.output_tokens for r in requests)
    before, after = loop.before, loop.after
    engine_prompt = after.prompt_tokens - before.prompt_tokens
    engine_output = after.generation_tokens - before.generation_tokens
    served = (engine_prompt + engine_output) / duration
    return {
        "requests_sent": len(answers),
        "completed_requests": len(done),
        "duration_s": duration,
        "completed_input_tokens": prompt,
        "completed_output_tokens": output,
        "input_throughput_tok_s": prompt / duration,
        "output_throughput_tok_s": output / duration,
        "total_throughput_tok_s": (prompt + output) / duration,
        "mean_input_tokens": _average([r.prompt_tokens for r in requests]),
        "mean_output_tokens": _average([r.output_tokens for r in requests]),
        "offered_throughput_tok_s": offered / window,
        "engine_prompt_tokens": engine_prompt,
        "engine_generation_tokens": engine_output,
        "engine_throughput_tok_s": served,
        "starved": int(served < _STARVED * offered / window),
        **_series(loop),
        "total_preemptions": after.preemptions - before.preemptions,
        "engine_steps": before.num_steps(after),
        "engine_itl_ms": _milliseconds(before.mean_gap(after)),
        "client_cpu_frac": loop.load.busy,
        "client_max_late_s": loop.load.late,
        "client_max_lag_s": loop.load.lag,
        "clock_jump_s": loop.load.clock_jump,
        **_latencies("ttft", [answer.ttft for answer in done]),
        **_latencies("tpot", [answer.tpot for answer in done]),
        **_latencies("itl", [b - a for answer in done for a, b in pairwise(answer.times)]),
    }


def _series(loop: Loop) -> dict[str, Figure]:
    """What the samples of a run tell of its queues."""
    figures: dict[str, Figure] = {}
    for name in ("running", "waiting"):
        values = [getattr(counters, name) for counters in loop.series]
        figures[f"mean_{name}"] = _average(values)
        figures[f"max_{name}"] = max(values)
    usage = [counters.kv_usage for counters in loop.series]
    return {
        **figures,
        "final_running": loop.after.running,
        "final_waiting": loop.after.waiting,
        "mean_kv_usage_frac": _average(usage),
        "max_kv_usage_frac": max(usage),
    }


def _latencies(name: str, seconds: Sequence[float]) -> dict[str, Figure]:
    return {
        f"mean_{name}_ms": _mean(seconds),
        f"median_{name}_ms": _median(seconds),
        f"p99_{name}_ms": _over(seconds, lambda known: np.percentile(known, 99)),
    }


def _steady_gaps(answers: Sequence[Answer]) -> list[float]:
    """Gaps between tokens while all requests decode."""
    told = [answer.times for answer in answers if answer.is_complete and len(answer.times) > 1]
    if not told:
        return []
    begin, end = max(times[0] for times in told), min(times[-1] for times in told)
    within = ([moment for moment in times if begin <= moment <= end] for times in told)
    return [b - a for times in within for a, b in pairwise(times)]


def _mean(seconds: Iterable[float]) -> float:
    return _over(seconds, np.mean)


def _median(seconds: Iterable[float]) -> float:
    return _over(seconds, np.median)


def _over(seconds: Iterable[float], statistic: Callable[[list[float]], object]) -> float:
    """A statistic of times, in milliseconds; NaN where there are none."""
    known = [value for value in seconds if not math.isnan(value)]
    return float(statistic(known)) * 1e3 if known else math.nan  # type: ignore[arg-type]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3


def _average(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
