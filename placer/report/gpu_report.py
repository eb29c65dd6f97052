"""GPU report: what a reader wants to know about each GPU of a result."""

from __future__ import annotations

from dataclasses import dataclass

from placer.problem.problem import Problem
from placer.problem.result import Result

__all__ = ["GpuReport", "report_gpus"]


@dataclass(frozen=True, slots=True)
class GpuReport:
    """One GPU of a result: its traffic, its engine, and what it is predicted to do.

    Parameters
    ----------
    name : str
        As in the files of a run.
    profile : str
        Name of its serving profile.
    num_adapters, num_shared : int
        Adapters that it serves, and those of them that other GPUs serve too.
    max_loras, max_lora_rank : int
        Of its engine.
    rate, base_rate : float
        Requests/s that arrive, and those of them that are for the base model.
    offered_throughput, served_throughput : float
        Input plus output tokens/s that arrive, and that it processes.
    starvation_probability : float
        Probability that it serves too small a share of its traffic.
    burst_starvation_probability : float
        The same where arrivals are burstier than assumed; NaN where that was not tested.
    mean_ttft_ms, p99_ttft_ms, mean_tpot_ms, p99_tpot_ms, mean_itl_ms, p99_itl_ms : float
        Latencies in milliseconds under vLLM's names; NaN where unknown.
    power : float
        Mean power in W; NaN where the profile has none.
    headroom : float
        Traffic that can still be added, relative to what it has; NaN where it was not determined.
    binding : str
        What limits it; empty where it was not determined.
    """

    name: str
    profile: str
    num_adapters: int
    num_shared: int
    max_loras: int
    max_lora_rank: int
    rate: float
    base_rate: float
    offered_throughput: float
    served_throughput: float
    starvation_probability: float
    burst_starvation_probability: float
    mean_ttft_ms: float
    p99_ttft_ms: float
    mean_tpot_ms: float
    p99_tpot_ms: float
    mean_itl_ms: float
    p99_itl_ms: float
    power: float
    headroom: float
    binding: str


def report_gpus(problem: Problem, result: Result) -> tuple[GpuReport, ...]:
    """Describe every GPU of a result, in the order of its placement.

    Parameters
    ----------
    problem : Problem
        What was to be placed.
    result : Result
        What came out.
    """
    rates = {adapter.name: adapter.rate for adapter in problem.workload.adapters}
    base = {adapter.name for adapter in problem.workload.adapters if adapter.is_base}
    reports = []
    placement = result.placement
    for name, plan, figures in zip(placement.names, placement.gpus, result.gpus, strict=True):
        estimate = figures.estimate
        reports.append(
            GpuReport(
                name=name,
                profile=plan.profile_name,
                num_adapters=sum(adapter not in base for adapter, _ in plan.shares),
                num_shared=sum(s < 1 for adapter, s in plan.shares if adapter not in base),
                max_loras=plan.config.max_loras,
                max_lora_rank=plan.config.max_lora_rank,
                rate=sum(rates[adapter] * share for adapter, share in plan.shares),
                base_rate=sum(rates[a] * share for a, share in plan.shares if a in base),
                offered_throughput=estimate.offered_throughput,
                served_throughput=estimate.served_throughput,
                starvation_probability=estimate.starvation_probability,
                burst_starvation_probability=figures.burst_starvation_probability,
                mean_ttft_ms=1000 * estimate.ttft_mean,
                p99_ttft_ms=1000 * estimate.ttft_p99,
                mean_tpot_ms=1000 * estimate.tpot_mean,
                p99_tpot_ms=1000 * estimate.tpot_p99,
                mean_itl_ms=1000 * estimate.itl_mean,
                p99_itl_ms=1000 * estimate.itl_p99,
                power=estimate.power,
                headroom=figures.headroom,
                binding=figures.binding,
            )
        )
    return tuple(reports)
