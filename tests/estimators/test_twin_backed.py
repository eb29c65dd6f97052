"""TwinEstimator keeps the contract, and agrees with the simulation that it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimators.base import Candidate, Estimate, Stoppable
from estimators.simulation import seed_job, simulated_traffic
from estimators.simulation.capacity import capacity_ratio
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.testing import EstimatorContract, example_adapters, example_profile
from estimators.twin_backed import TwinEstimator
from estimators.window import Window
from twin.engine.simulate import simulate
from twin.files.errors import InputError
from twin.workload.adapter import Adapter
from twin.workload.arrivals import BurstyArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.stopped import Stopped
from twin.workload.workload import RequestStream, Workload

PROFILE = example_profile()
FIXED = CopulaLengths(FixedLength(200), FixedLength(200))


class TestTwinEstimator(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> TwinEstimator:
        return TwinEstimator(Window(60.0, 50))


def candidate(number: int = 9, rate: float = 0.5, slots: int = 9) -> Candidate:
    adapters = example_adapters(number, rates=(rate,))
    return Candidate(PROFILE, PROFILE.engine_config(slots, 32), adapters)


def same(one: Estimate, other: Estimate) -> bool:
    return repr(one) == repr(other)


@pytest.mark.parametrize("seeds", [(0,), (1, 2, 3)])
def test_figures_do_not_depend_on_the_number_of_workers(seeds: tuple[int, ...]) -> None:
    batch = [candidate(slots=s) for s in (1, 3, 9)] + [candidate(rate=5.0)]
    one = TwinEstimator(Window(60.0), seeds=seeds, num_workers=1).estimate(batch)
    four = TwinEstimator(Window(60.0), seeds=seeds, num_workers=4).estimate(batch)
    assert repr(list(one)) == repr(list(four))


def test_figures_are_those_of_the_simulation() -> None:
    adapters = tuple(sorted(example_adapters(9, rates=(0.5,)), key=lambda a: a.rank))
    one = replace(candidate(), adapters=adapters)
    estimate = TwinEstimator(Window(300.0), seeds=(7,)).estimate([one])[0]
    ordered = sorted(adapters, key=lambda a: (a.rank, a.rate, a.lengths.prompt_mean, a.name))
    mixed = [ordered[i] for i in np.random.default_rng(9).permutation(9)]
    run = simulate(Workload.of(mixed), one.config, PROFILE, duration=300.0, seed=7)
    assert estimate.ttft_mean == run.ttft_mean
    assert estimate.tpot_p99 == run.tpot_p99
    assert estimate.power == pytest.approx(run.energy_joules / 300.0)
    assert estimate.offered_throughput == pytest.approx(one.token_rate)
    assert 0 <= estimate.served_ratio - run.served_ratio < 0.02


def test_what_is_being_answered_at_the_end_is_not_lost() -> None:
    """A tenth of the window passes before a request is answered, but none waits."""
    lengths = CopulaLengths(FixedLength(100), FixedLength(500))
    slow = Adapter("slow", 8, 2.0, lengths)
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), (slow,))
    run = simulate(Workload((slow,)), one.config, PROFILE, duration=60.0, seed=0)
    assert run.served_ratio < 0.96
    estimate = TwinEstimator(Window(60.0, 0)).estimate([one])[0]
    assert estimate.served_ratio > 0.99
    strict = TwinEstimator(Window(60.0)).estimate([one], StarvationRule(0.98))[0]
    assert strict.starvation_probability < 0.01


def test_interchangeable_adapters_are_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counting(*arguments: object, **options: object) -> object:
        calls.append(arguments)
        return simulate_stream(*arguments, **options)

    simulate_stream = simulated_traffic.simulate_stream
    monkeypatch.setattr(simulated_traffic, "simulate_stream", counting)
    estimator = TwinEstimator(Window(30.0, 0))
    one = candidate()
    renamed = replace(
        one,
        adapters=tuple(
            replace(a, name=f"x{i}", arrivals=PoissonArrivals())
            for i, a in enumerate(one.adapters[::-1])
        ),
    )
    first, second = estimator.estimate([one, renamed])
    third = estimator.estimate([renamed])[0]
    assert same(first, second)
    assert same(first, third)
    assert len(calls) == 1


def test_memory_errors_are_not_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_traffic, "simulate_stream", None)
    one = replace(candidate(), config=PROFILE.engine_config(4096, 32))
    assert TwinEstimator().estimate([one])[0].memory_error


IN_THE_WINDOW = StarvationRule(sustained=False)


def test_starvation_probability_rises_with_the_traffic() -> None:
    candidates = [candidate(rate=rate) for rate in (0.5, 4.0, 6.0, 8.0, 16.0)]
    estimates = TwinEstimator(Window(120.0)).estimate(candidates, IN_THE_WINDOW)
    probability = estimates.starvation_probability
    assert np.all(np.diff(probability) >= -1e-9)
    assert probability[0] < 1e-3
    assert probability[-1] > 0.999
    assert np.all(estimates.uncertainty < 0.2)


def test_at_the_threshold_starving_is_as_likely_as_not() -> None:
    estimator = TwinEstimator(Window(120.0), stop_early=False)
    one = candidate(rate=10.0)
    ratio = estimator.estimate([one])[0].served_ratio
    assert 0.1 < ratio < 0.9
    at_threshold = estimator.estimate([one], replace(IN_THE_WINDOW, threshold=ratio))[0]
    assert at_threshold.starvation_probability == pytest.approx(0.5)


def test_scatter_between_seeds_counts() -> None:
    one = candidate(rate=8.0)
    estimate = TwinEstimator(Window(30.0), seeds=(0, 1, 2)).estimate([one])[0]
    assert estimate.uncertainty > 0


def test_a_gpu_with_little_traffic_is_not_judged_by_the_edges_of_the_window() -> None:
    lengths = CopulaLengths(FixedLength(100), FixedLength(400))
    rare = Adapter("rare", 8, 0.01, lengths)
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), (rare,))
    estimate = TwinEstimator(Window(60.0)).estimate([one])[0]
    assert estimate.served_ratio > 0.99
    assert estimate.starvation_probability < 0.01


def test_a_certain_verdict_ends_a_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    durations: list[float] = []

    def watched(stream: RequestStream, *arguments: object, **options: object) -> object:
        durations.append(stream.duration)
        return simulate_stream(stream, *arguments, **options)

    simulate_stream = simulated_traffic.simulate_stream
    monkeypatch.setattr(simulated_traffic, "simulate_stream", watched)
    candidates = [candidate(rate=0.5), candidate(rate=5.0), candidate(rate=16.0)]
    early = TwinEstimator(Window(400.0), num_workers=1).estimate(candidates)
    assert durations[0] == 400.0
    assert durations[-1] == 100.0
    whole = TwinEstimator(Window(400.0), num_workers=1, stop_early=False).estimate(candidates)
    assert same(early[0], whole[0])
    assert np.all((early.starvation_probability > 0.5) == (whole.starvation_probability > 0.5))
    np.testing.assert_allclose(early.served_throughput, whole.served_throughput, rtol=0.15)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seeds", ()),
        ("seeds", (0, -1)),
        ("num_workers", 0),
    ],
)
def test_parameters_out_of_range_are_named(key: str, value: object) -> None:
    with pytest.raises(InputError, match=f"estimator.{key}"):
        TwinEstimator(**{key: value})  # type: ignore[arg-type]  # one wrong value at a time


def test_lists_from_configuration_files_become_tuples() -> None:
    assert TwinEstimator(seeds=[1, 2]) == TwinEstimator(seeds=(1, 2))  # type: ignore[arg-type]  # as Hydra gives it


def at_rate(rate: float, rule: StarvationRule = IN_THE_WINDOW, **changes: object) -> Estimate:
    profile = replace(PROFILE, **changes)
    adapters = (Adapter("a", 8, rate, FIXED),)
    one = Candidate(profile, profile.engine_config(1, 8), adapters)
    return TwinEstimator(Window(300.0)).estimate([one], rule)[0]


def test_bursts_too_rare_for_the_window_are_waited_for() -> None:
    """A GPU on which nothing arrived would have no latency, and be of no use to anybody."""
    adapters = (Adapter("a", 8, 0.05, FIXED, BurstyArrivals(12.0, 5.0)),)
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), adapters)
    window = Window(100.0, min_requests=5)
    seed = next(
        s
        for s in range(50)
        if not len(Workload(adapters).sample(window.seconds(0.05), np.random.default_rng(s)))
    )
    estimate = TwinEstimator(window, seeds=(seed,)).estimate([one])[0]
    assert 0 < estimate.ttft_p99 < 10
    assert estimate.power > 0


def test_answers_of_one_token_take_no_time_per_output_token() -> None:
    lengths = CopulaLengths(FixedLength(200), FixedLength(1))
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), (Adapter("a", 8, 2.0, lengths),))
    estimate = TwinEstimator(Window(60.0)).estimate([one])[0]
    assert estimate.ttft_p99 > 0
    assert (estimate.tpot_mean, estimate.tpot_p99, estimate.itl_p99) == (0, 0, 0)


def test_a_scaled_profile_is_doubted_near_its_limit() -> None:
    """With a quarter of doubt, an engine that just about serves its traffic may starve."""
    limit = 0.95 * capacity()
    sure, scaled = at_rate(limit), at_rate(limit, uncertainty=0.25, estimated_from="another")
    assert sure.starvation_probability < 0.01
    assert 0.2 < scaled.starvation_probability < 0.5
    assert scaled.served_throughput == sure.served_throughput
    assert scaled.uncertainty == pytest.approx(0.25, abs=0.01)


def test_an_engine_beyond_the_measured_ranks_is_doubted_as_a_scaled_profile() -> None:
    limit = 0.95 * capacity()
    measured = at_rate(limit, largest_rank=8)
    narrow = at_rate(limit, largest_rank=1)
    assert measured.starvation_probability < 0.01
    assert narrow.starvation_probability > measured.starvation_probability
    assert narrow.uncertainty > measured.uncertainty + 0.02


def test_a_scaled_profile_is_not_doubted_far_from_its_limit() -> None:
    scaled = at_rate(0.3 * capacity(), uncertainty=0.25, estimated_from="another")
    assert scaled.starvation_probability == 0.0
    assert scaled.uncertainty >= 0.25


def test_uncertain_costs_make_starvation_less_certain() -> None:
    above = 1.15 * capacity()
    certain, uncertain = at_rate(above), at_rate(above, uncertainty=0.1)
    assert certain.starvation_probability > 0.8
    assert 0.5 < uncertain.starvation_probability < certain.starvation_probability


@pytest.mark.parametrize("load", [0.9, 0.97, 1.03, 1.08])
def test_more_than_can_be_sustained_starves(load: float) -> None:
    """Of 3 or 8 % too much nine tenths are served in any window, and the queue grows for good."""
    rate = load * capacity()
    in_the_window, for_good = at_rate(rate), at_rate(rate, USUAL_RULE)
    assert in_the_window.starvation_probability < 0.05
    assert (for_good.starvation_probability > 0.95) == (load > 1)
    assert (for_good.starvation_probability < 0.05) == (load < 1)
    assert same(
        for_good._replace(starvation_probability=0),
        in_the_window._replace(starvation_probability=0),
    )


def test_seeds_that_starve_in_the_window_do_not_hide_the_capacity() -> None:
    adapters = (Adapter("a", 8, 1.06 * capacity(), FIXED),)
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), adapters)
    estimator = TwinEstimator(Window(200.0), seeds=(0, 1, 2, 3))
    middle = estimator.estimate([one], IN_THE_WINDOW)[0].served_ratio
    in_the_window = replace(IN_THE_WINDOW, threshold=middle)
    assert estimator.estimate([one], in_the_window)[0].starvation_probability < 0.6
    for_good = replace(USUAL_RULE, threshold=middle)
    assert estimator.estimate([one], for_good)[0].starvation_probability > 0.95


@pytest.mark.parametrize(("load", "asked"), [(0.8, 1), (0.995, 3), (1.005, 3), (1.1, 1)])
def test_a_capacity_is_asked_of_further_seeds_only_near_what_is_offered(
    monkeypatch: pytest.MonkeyPatch, load: float, asked: int
) -> None:
    measured: list[float] = []

    def counted(*arguments: Any) -> float:
        measured.append(capacity_ratio(*arguments))
        return measured[-1]

    adapters = (Adapter("a", 8, load * capacity(), FIXED),)
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), adapters)
    rule = StarvationRule(threshold=0.5, adapters_starve=False)
    monkeypatch.setattr(seed_job, "capacity_ratio", counted)
    (estimate,) = TwinEstimator(Window(200.0), (0, 1, 2), num_workers=1).estimate([one], rule)
    assert len(measured) == asked
    assert (estimate.starvation_probability > 0.5) == (load > 1)


def test_where_requests_are_preempted_a_capacity_is_asked_of_all_seeds() -> None:
    """Under the first seed this engine seems to lack a sixth, which none of the others says."""
    long = CopulaLengths(FixedLength(4000), FixedLength(1000))
    one = Candidate(PROFILE, PROFILE.engine_config(1, 8), (Adapter("a", 8, 2.2, long),))
    rule = StarvationRule(threshold=0.5, adapters_starve=False)
    alone, all_seeds = (
        TwinEstimator(Window(200.0), seeds).estimate([one], rule)[0].starvation_probability
        for seeds in ((0,), (0, 1, 2))
    )
    assert alone == 1
    assert 0.9 < all_seeds < 0.99


def test_what_a_scaled_profile_can_sustain_is_doubted() -> None:
    """With a tenth of doubt, an engine that could serve a twentieth more may be past capacity."""
    at_limit = at_rate(0.95 * capacity(), USUAL_RULE, uncertainty=0.1, estimated_from="another")
    far = at_rate(0.7 * capacity(), USUAL_RULE, uncertainty=0.1, estimated_from="another")
    assert 0.2 < at_limit.starvation_probability < 0.5
    assert far.starvation_probability < 0.01


def capacity() -> float:
    """Requests/s that the engine of `at_rate` serves with twice as many."""
    adapters = (Adapter("a", 8, 90.0, FIXED),)
    config = PROFILE.engine_config(1, 8)
    run = simulate(Workload(adapters), config, PROFILE, duration=200.0, seed=0)
    return run.served_throughput / 400.0


def test_what_takes_too_long_is_given_up_and_can_be_asked_again() -> None:
    estimator, one = TwinEstimator(Window(60.0)), candidate()
    assert isinstance(estimator, Stoppable)
    with pytest.raises(Stopped):
        estimator.estimate_unless(lambda: True, [one])
    after = estimator.estimate_unless(lambda: False, [one])[0]
    assert same(after, TwinEstimator(Window(60.0)).estimate([one])[0])
    assert same(after, estimator.estimate_unless(lambda: True, [one])[0])  # remembered


def test_drawing_a_month_of_requests_can_be_given_up() -> None:
    """A million of twelve are drawn between two questions whether to go on."""
    estimator = TwinEstimator(Window(30 * 86_400.0), num_workers=1, stop_early=False)
    answers = iter([False, False, False, False, True])
    with pytest.raises(Stopped):
        estimator.estimate_unless(lambda: next(answers), [candidate()])
    assert not list(answers)
