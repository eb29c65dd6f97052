"""Clients of vllm bench serve: when they send, and what their figures say of an engine."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from twin.engine.latency import Latencies
from twin.measured.bench_client import BenchClient, RampUp, RecordedRequests

CLIENT = BenchClient(4000, 8.0)
QUICK = Latencies(ttft_mean=0.1, tpot_mean=0.02)


def gaps(client: BenchClient) -> np.ndarray:
    return np.diff(client.arrivals(np.random.default_rng(1)), prepend=0.0)


@pytest.mark.parametrize(
    ("burstiness", "cv"), [(1.0, 1.0), (0.25, 2.0), (4.0, 0.5), (math.inf, 0)]
)
def test_gaps_have_the_shape_and_all_are_sent_in_time(burstiness: float, cv: float) -> None:
    drawn = gaps(replace(CLIENT, burstiness=burstiness))
    assert drawn.sum() == pytest.approx(CLIENT.sending_time) == 500.0
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=0.1)


@pytest.mark.parametrize("exponential", [False, True])
def test_a_ramp_starts_slowly_and_ends_fast(exponential: bool) -> None:
    ramp = RampUp(1.0, 16.0, exponential)
    mean = 4000 / float((1 / ramp.rates(4000)).sum())
    drawn = gaps(BenchClient(4000, mean, math.inf, ramp_up=ramp))
    assert (1 / drawn[0], 1 / drawn[-1]) == (pytest.approx(1.0), pytest.approx(16.0))
    assert 1 / drawn[2000] == pytest.approx(4.0 if exponential else 8.5, rel=0.01)


def test_all_at_once_and_as_recorded() -> None:
    assert not BenchClient(5, math.inf).arrivals(np.random.default_rng(0)).any()
    recorded = RecordedRequests((1, 1, 1), (1, 1, 1), (0.0, 0.5, 3.0))
    client = BenchClient(3, 2.0, recorded=recorded)
    assert client.arrivals(np.random.default_rng(0)).tolist() == [0.0, 0.5, 3.0]
    assert client.sending_time == 4.5


def test_the_drain_of_an_engine_that_keeps_up_is_no_starvation() -> None:
    assert not CLIENT.starves(508.0, QUICK, 300)
    short = replace(CLIENT, num_requests=80)  # sent in 10 s
    assert not short.starves(16.0, QUICK, 300)


def test_an_engine_that_falls_behind_starves() -> None:
    late = Latencies(ttft_mean=100.0, tpot_mean=0.03)
    assert CLIENT.starves(700.0, late, 300)
    assert not CLIENT.is_uncertain(700.0, late, 300)
    assert CLIENT.starves(700.0, Latencies(tpot_mean=0.03), 300)


def test_what_one_long_answer_may_explain_is_uncertain() -> None:
    assert not CLIENT.starves(700.0, QUICK, 300)
    assert CLIENT.is_uncertain(700.0, QUICK, 300)
    assert not CLIENT.is_uncertain(508.0, QUICK, 300)
    assert replace(CLIENT, num_requests=16).is_uncertain(8.0, QUICK, 300)


def test_a_client_that_holds_back_starves_nobody() -> None:
    for client in (replace(CLIENT, max_concurrency=8), BenchClient(4000, math.inf)):
        assert not client.starves(5000.0, Latencies(ttft_mean=100.0), 300)
        assert not client.is_uncertain(5000.0, QUICK, 300)
