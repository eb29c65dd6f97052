"""Measured runs beside what trained models say about them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from estimators.evaluate.benchmark_run import predict_run
from estimators.model.predictor import Predictor
from twin.measured.replay import MAX_IN_SYSTEM, Replay
from twin.measured.run import MeasuredRun
from twin.validate.comparison import Comparison

__all__ = ["compare_runs"]


def compare_runs(
    runs: Sequence[MeasuredRun],
    predictor_of: Callable[[MeasuredRun], Predictor],
    *,
    max_in_system: int = MAX_IN_SYSTEM,
) -> Iterator[Comparison]:
    """Predict measured runs, in the form in which the twin's figures are compared.

    Gaps between tokens and the 99th percentile of the time to first token are not predicted.

    Parameters
    ----------
    runs : sequence of MeasuredRun
        Runs with adapters that are usable or had a memory error.
    predictor_of : callable
        What predicts for the profile of a run.
    max_in_system : int
        Requests that the benchmark client keeps open at most; 0 for no bound.

    Yields
    ------
    Comparison
        In the order of the runs.

    Raises
    ------
    InputError
        If a run has no adapter slots.
    """
    for run in runs:
        predictor = predictor_of(run)
        began = time.perf_counter()
        figures = predict_run(run, predictor, max_in_system=max_in_system)
        seconds = time.perf_counter() - began
        throughput = 0.0 if figures.memory_error else figures.throughput
        answer = Replay(
            throughput=throughput,
            engine_throughput=throughput,
            tpot_mean=figures.tpot,
            ttft_mean=figures.ttft,
            memory_error=figures.memory_error,
            seconds=seconds,
        )
        yield Comparison(run, answer, predictor.profile.name)
