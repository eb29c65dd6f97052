"""Measured runs beside what models say."""

from __future__ import annotations

import math

from estimators.evaluate.benchmark_run import predict_run
from estimators.evaluate.comparison import compare_runs
from estimators.ml_backed import MLEstimator
from estimators.starvation import PAPER_RULE
from tests.estimators.evaluate.measured_run import PROFILE, RUN


def test_predictions_stand_beside_their_runs_in_order() -> None:
    predictor = MLEstimator().predictor(PROFILE, PAPER_RULE)
    one, two = compare_runs([RUN, RUN], lambda _: predictor)
    figures = predict_run(RUN, predictor)
    assert (one.run, one.profile_name) == (RUN, PROFILE.name)
    assert one.twin.throughput == two.twin.throughput == figures.throughput
    assert (one.twin.tpot_mean, one.twin.ttft_mean) == (figures.tpot, figures.ttft)
    assert one.twin.seconds > 0


def test_gaps_and_tails_are_not_predicted() -> None:
    (one,) = compare_runs([RUN], lambda _: MLEstimator().predictor(PROFILE, PAPER_RULE))
    assert math.isnan(one.twin.itl_mean)
    assert math.isnan(one.twin.ttft_p99)
