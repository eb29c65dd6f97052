"""What a model says about a measured run."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.evaluate.benchmark_run import predict_run, run_adapters
from estimators.evaluate.comparison import compare_runs
from estimators.ml_backed import MLEstimator
from estimators.model.predictor import Predictor
from estimators.starvation import PAPER_RULE
from tests.estimators.evaluate.measured_run import PROFILE, RUN
from twin.files.errors import InputError
from twin.gpu.front_end import FrontEnd
from twin.measured.replay import replay
from twin.measured.run import MeasuredRun


@pytest.fixture
def predictor() -> Predictor:
    return MLEstimator().predictor(PROFILE, PAPER_RULE)


def test_adapters_of_a_run() -> None:
    adapters = run_adapters(RUN)
    assert sorted(a.rank for a in adapters) == [8] * 8 + [16] * 8
    assert math.fsum(a.rate for a in adapters) == pytest.approx(RUN.rate)
    assert run_adapters(RUN) == adapters


@pytest.mark.parametrize("factor", [1.0, 4.0, 40.0])
def test_predictions_are_those_of_a_replay(predictor: Predictor, factor: float) -> None:
    run = replace(RUN, rates={factor * rate: n for rate, n in RUN.rates.items()})
    predicted, simulated = predict_run(run, predictor), replay(run, PROFILE, seeds=(1, 2))
    assert predicted.throughput == pytest.approx(simulated.throughput, rel=0.1)
    assert predicted.tpot == pytest.approx(simulated.tpot_mean, rel=0.15)
    if factor == 1.0:
        assert predicted.ttft == pytest.approx(simulated.ttft_mean, rel=0.4)
    if factor == 40.0:
        assert predicted.ttft > 30


def test_engines_short_of_slots_make_up_for_what_the_front_end_holds_back() -> None:
    """160 adapters, each set up for 0.3 s, and 16 slots: the twin loses nothing of 8 % either."""
    short = replace(RUN, ranks={8: 80, 16: 80}, rates={0.1: 40, 0.05: 40, 0.025: 80})
    full = replace(short, rates={50 * rate: n for rate, n in short.rates.items()})
    blocking = FrontEnd(0.3)

    def lost(run: MeasuredRun) -> float:
        served = [
            predict_run(run, MLEstimator().predictor(profile, PAPER_RULE)).throughput
            for profile in (
                replace(PROFILE, front_end=FrontEnd()),
                replace(PROFILE, front_end=blocking),
            )
        ]
        return 1 - served[1] / served[0]

    assert lost(short) < 0.005
    assert lost(full) > 0.01


def test_memory_errors_are_told(predictor: Predictor) -> None:
    full = replace(RUN, max_loras=4096, max_lora_rank=64, memory_error=True, prompt_mean=math.nan)
    predicted = predict_run(full, predictor)
    assert predicted.memory_error
    assert math.isnan(predicted.throughput)
    (comparison,) = compare_runs([full], lambda _: predictor)
    assert comparison.twin.memory_error
    assert comparison.twin.throughput == 0.0


def test_unfinished_requests_are_charged_where_the_measurement_does(
    predictor: Predictor,
) -> None:
    heavy = replace(RUN, rates={4.0: 16})
    plain = predict_run(heavy, predictor).ttft
    charged = predict_run(replace(heavy, ttft_charges_unfinished=True), predictor).ttft
    assert plain < charged < RUN.duration


def test_a_bound_of_the_client_shortens_queues(predictor: Predictor) -> None:
    heavy = replace(RUN, rates={4.0: 16})
    free = predict_run(heavy, predictor, max_in_system=0)
    bound = predict_run(heavy, predictor, max_in_system=500)
    assert bound.ttft < free.ttft
    assert bound.throughput == pytest.approx(free.throughput, rel=0.2)


def test_runs_without_slots_are_refused(predictor: Predictor) -> None:
    with pytest.raises(InputError, match="max_loras is 0"):
        predict_run(replace(RUN, max_loras=0), predictor)


def test_ranks_above_the_engine_s_are_refused(predictor: Predictor) -> None:
    with pytest.raises(InputError, match="below the rank of an adapter"):
        predict_run(replace(RUN, max_lora_rank=8), predictor)
