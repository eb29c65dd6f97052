"""Summary: the figures of a result that a reader or a comparison looks at first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from placer.problem.json_numbers import finite
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.report.gpu_report import GpuReport, report_gpus
from twin.gpu.beyond_ranks import profile_for

__all__ = ["SCHEMA_VERSION", "summarize"]

SCHEMA_VERSION = 1
"""Version of the summary; it changes when a reader would have to."""

_LATENCIES = tuple(
    f"{statistic}_{metric}_ms"
    for metric in ("ttft", "tpot", "itl")
    for statistic in ("mean", "p99")
)
_FIGURES = tuple(field.name for field in fields(GpuReport))


def summarize(problem: Problem, result: Result) -> dict[str, Any]:
    """Figures of a result as plain data for JSON; None where a number is unknown or infinite.

    The probability of starving is that of any GPU, the GPUs being independent of each other.
    Latencies are means over the GPUs, weighted by the requests/s that each answers. Of 99th
    percentiles that is the mean of the GPUs' own, not the percentile of all requests together.

    Parameters
    ----------
    problem : Problem
        What was to be placed.
    result : Result
        What came out.
    """
    gpus = report_gpus(problem, result)
    workload = problem.workload
    return {
        "schema_version": SCHEMA_VERSION,
        "status": result.status.value,
        "reason": result.reason,
        "num_gpus": problem.num_gpus(gpu.profile for gpu in gpus),
        "num_engines": len(gpus),
        "cost_per_hour": finite(_rent(problem, gpus)),
        "gpus_by_profile": dict(Counter(gpu.profile for gpu in gpus)),
        "estimated_profiles": {
            gpu_type.profile.name: gpu_type.profile.estimated_from
            for gpu_type in problem.fleet
            if gpu_type.profile.estimated_from
        },
        "extrapolated_ranks": _extrapolated(problem, result),
        "num_adapters": workload.num_adapters,
        "base_rate": math.fsum(a.rate for a in workload.adapters if a.is_base),
        "unplaced": list(result.placement.unplaced),
        "rate": workload.rate,
        "offered_throughput": workload.token_rate,
        "served_throughput": finite(math.fsum(gpu.served_throughput for gpu in gpus)),
        "starvation_probability": finite(_any(gpu.starvation_probability for gpu in gpus)),
        "burst_starvation_probability": finite(
            _any(gpu.burst_starvation_probability for gpu in gpus)
        ),
        **{name: finite(_mean(gpus, name)) for name in _LATENCIES},
        "latency_limits": asdict(problem.latency_limits),
        "slow": slow_gpus(problem, result),
        "value": [finite(component) for component in result.value],
        "lower_bound": [finite(component) for component in result.lower_bound],
        "bound": result.bound,
        "gap": None if result.placement.unplaced else finite(result.gap),
        "verified": result.verified,
        "verification": result.verification and asdict(result.verification),
        "strategy": result.strategy,
        "objective": result.objective,
        "seed": result.seed,
        "num_estimates": result.num_estimates,
        "answered_by": dict(result.answered_by),
        "runtime": result.runtime,
        "gpus": [{name: finite(getattr(gpu, name)) for name in _FIGURES} for gpu in gpus],
    }


def slow_gpus(problem: Problem, result: Result) -> list[dict[str, Any]]:
    """GPUs whose requests wait longer than the latency limits, the slowest first, by latency."""
    limits = problem.latency_limits
    slow = [
        {
            "gpu": name,
            "latency": latency,
            "p99": getattr(figures.estimate, f"{latency}_p99"),
            "limit": limits.named[latency],
        }
        for name, figures in zip(result.placement.names, result.gpus, strict=True)
        for latency in limits.broken(figures.estimate)
    ]
    return sorted(slow, key=lambda s: (s["latency"] != "ttft", -s["p99"] / s["limit"], s["gpu"]))


def _rent(problem: Problem, gpus: Sequence[GpuReport]) -> float:
    """Rent of the GPUs in $/h; NaN where a price is unknown."""
    prices = {t.profile.name: t.profile.price_per_hour for t in problem.fleet}
    return math.fsum(prices[gpu.profile] for gpu in gpus)


def _mean(gpus: Sequence[GpuReport], name: str) -> float:
    """Mean of a figure over the requests."""
    rate = math.fsum(gpu.rate for gpu in gpus)
    total = math.fsum(gpu.rate * getattr(gpu, name) for gpu in gpus)
    return total / rate if rate else math.nan


def _any(probabilities: Iterable[float]) -> float:
    """Probability that any of independent events happens; NaN where one is unknown."""
    return 1 - math.prod(1 - p for p in probabilities)


def _extrapolated(problem: Problem, result: Result) -> dict[str, dict[str, float]]:
    """By profile, the largest engine beyond the ranks that it was measured with."""
    found: dict[str, dict[str, float]] = {}
    for plan in result.placement.gpus:
        profile = problem.gpu_type(plan.profile_name).profile
        believed, rank = profile_for(profile, plan.config), plan.config.largest_rank
        if believed is profile or rank <= found.get(profile.name, {}).get("max_lora_rank", 0):
            continue
        found[profile.name] = {
            "max_lora_rank": rank,
            "largest_measured": profile.largest_rank,
            "uncertainty": believed.uncertainty,
        }
    return found
