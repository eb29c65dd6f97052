"""Summary: what engines did in a window, as figures for users."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.engine.latency import Distribution
from twin.engine.outcome import EngineOutcome
from twin.engine.simulation_result import RequestRecords, SimulationResult, TimeSeries
from twin.kernel.gap_histogram import gap_quantile

__all__ = ["summarize"]


def summarize(
    outcomes: Sequence[EngineOutcome],
    window: float,
    num_requests: int,
    offered_tokens: int,
    *,
    num_gpus: int = 1,
    records: RequestRecords | None = None,
    series: TimeSeries | None = None,
) -> SimulationResult:
    """Figures of a window over all these engines together.

    Parameters
    ----------
    outcomes : sequence of EngineOutcome
        At least one.
    window : float
        Seconds.
    num_requests, offered_tokens : int
        Requests that arrived, and their input and output tokens.
    num_gpus : int
        GPUs that the engines ran on, one after the other: shares of time and memory are means
        over them.
    """
    outcome = EngineOutcome.of_all(outcomes)
    totals = outcome.totals
    ttft, tpot = Distribution.of(outcome.ttft), Distribution.of(outcome.tpot)
    gpu_seconds = window * num_gpus
    return SimulationResult(
        duration=window,
        offered_throughput=offered_tokens / window,
        served_throughput=(totals.completed_tokens + totals.unfinished_tokens) / window,
        completed_throughput=totals.completed_tokens / window,
        ttft_mean=ttft.mean,
        ttft_p50=ttft.p50,
        ttft_p90=ttft.p90,
        ttft_p99=ttft.p99,
        tpot_mean=tpot.mean,
        tpot_p50=tpot.p50,
        tpot_p90=tpot.p90,
        tpot_p99=tpot.p99,
        itl_mean=totals.gap_seconds / totals.gaps if totals.gaps else np.nan,
        itl_p50=gap_quantile(outcome.gap_counts, 0.5),
        itl_p99=gap_quantile(outcome.gap_counts, 0.99),
        num_requests=num_requests,
        num_finished=totals.num_finished,
        num_rejected=totals.num_rejected,
        backlog_requests=totals.backlog,
        backlog_growth=(totals.backlog - totals.backlog_midway) / (window / 2),
        preemptions=totals.preemptions,
        adapter_loads=totals.adapter_loads,
        disk_loads=totals.disk_loads,
        kv_usage_mean=totals.kv_usage / gpu_seconds,
        kv_usage_max=outcome.kv_usage_max,
        running_mean=totals.running / window,
        waiting_mean=totals.waiting / window,
        adapters_mean=totals.adapters / window,
        busy_fraction=totals.busy / gpu_seconds,
        loading_fraction=totals.loading / gpu_seconds,
        energy_joules=totals.joules,
        records=records,
        series=series,
    )
