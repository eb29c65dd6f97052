"""Sampling a workload: rates, owners, common random numbers, order."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.sources.paper_workload import paper_workload
from twin.workload.adapter import Adapter
from twin.workload.arrivals import GammaArrivals
from twin.workload.lengths import CopulaLengths, EmpiricalPairs, FixedLength, LogNormalLength
from twin.workload.substreams import Substreams
from twin.workload.workload import RequestStream, Sampling, Workload

SHARED = CopulaLengths(LogNormalLength(200, 100), LogNormalLength(100, 150), -0.3)
PAIRS = EmpiricalPairs([5, 6, 7], [8, 9, 10])


class OwnLengths:
    """Length model of a user, with no more than the protocol asks for."""

    prompt_mean = output_mean = 3.0
    prompt_std = output_std = 0.0

    def sample(
        self, n: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.full(n, 3), 1 + rng.integers(0, 5, n)


def mixed() -> Workload:
    lengths = [SHARED, PAIRS, OwnLengths(), CopulaLengths(FixedLength(50), FixedLength(60))]
    return Workload.of(
        Adapter(f"a{i}", 8, 0.5 + i, lengths[i % 4], GammaArrivals((0.5, 1.0, 1.5)[i % 3]))
        for i in range(10)
    )


def of_adapter(stream: RequestStream, index: int) -> list[tuple[float, int, int]]:
    own = stream.adapter == index
    columns = (stream.arrival[own], stream.prompt_tokens[own], stream.output_tokens[own])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_every_adapter_has_its_rate_and_lengths() -> None:
    workload, duration = mixed(), 4000.0
    stream = workload.sample(duration, np.random.default_rng(1))
    for index, adapter in enumerate(workload.adapters):
        own = stream.adapter == index
        assert own.sum() == pytest.approx(adapter.rate * duration, rel=0.15)
        assert stream.prompt_tokens[own].mean() == pytest.approx(
            adapter.lengths.prompt_mean, rel=0.06
        )
        assert stream.output_tokens[own].mean() == pytest.approx(
            adapter.lengths.output_mean, rel=0.15
        )
    assert stream.offered_tokens / duration == pytest.approx(workload.token_rate, rel=0.05)
    assert len(stream) / duration == pytest.approx(workload.rate, rel=0.05)


def test_the_stream_is_in_order_and_compact() -> None:
    stream = mixed().sample(100.0, np.random.default_rng(0))
    assert np.all(np.diff(stream.arrival) >= 0)
    assert stream.arrival[-1] < stream.duration == 100.0
    assert stream.prompt_tokens.dtype == stream.output_tokens.dtype == np.int32
    assert stream.adapter.dtype == np.int32


def test_same_seed_same_stream_and_other_seed_another() -> None:
    streams = [mixed().sample(50.0, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(streams[0].arrival, streams[1].arrival)
    np.testing.assert_array_equal(streams[0].output_tokens, streams[1].output_tokens)
    assert streams[0].arrival[0] != streams[2].arrival[0]


def test_two_draws_from_one_generator_differ() -> None:
    rng = np.random.default_rng(0)
    one, two = (mixed().sample(50.0, rng) for _ in range(2))
    assert one.arrival[0] != two.arrival[0]


def test_an_added_adapter_leaves_the_others_as_they_were() -> None:
    workload = mixed()
    more = Workload((*workload.adapters, Adapter("z", 8, 3.0, SHARED)))
    one, two = (w.sample(50.0, np.random.default_rng(4)) for w in (workload, more))
    for index in range(len(workload)):
        assert of_adapter(one, index) == of_adapter(two, index)


def test_a_replaced_adapter_leaves_the_others_as_they_were() -> None:
    workload = mixed()
    adapters = list(workload.adapters)
    adapters[2] = replace(adapters[2], rate=9.0, lengths=PAIRS)
    one, two = (
        w.sample(50.0, np.random.default_rng(4)) for w in (workload, Workload.of(adapters))
    )
    for index in (0, 1, 3, 4, 5, 6, 7, 8, 9):
        assert of_adapter(one, index) == of_adapter(two, index)


def test_scaled_rates_keep_the_lengths_and_squeeze_the_times() -> None:
    workload = mixed()
    slow = workload.sample(80.0, np.random.default_rng(4))
    fast = workload.scaled(2.0).sample(40.0, np.random.default_rng(4))
    assert workload.scaled(2.0).rate == pytest.approx(2 * workload.rate)
    for index in range(len(workload)):
        slow_own, fast_own = of_adapter(slow, index), of_adapter(fast, index)
        assert len(slow_own) == len(fast_own)
        for a, b in zip(slow_own, fast_own, strict=True):
            assert a[0] == pytest.approx(2 * b[0])
            assert a[1:] == b[1:]


def test_adapters_are_independent() -> None:
    """Two adapters that are alike do not get the same requests."""
    workload = Workload.of(Adapter(name, 8, 1.0, SHARED) for name in "ab")
    stream = workload.sample(20_000.0, np.random.default_rng(0))
    a, b = (
        np.histogram(stream.arrival[stream.adapter == i], 2000, (0.0, 20_000.0))[0] for i in (0, 1)
    )
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.08


def test_a_window_may_be_empty() -> None:
    workload = Workload.of([Adapter("a", 8, 1e-9, SHARED), Adapter("b", 8, 1e-9, OwnLengths())])
    stream = workload.sample(1.0, np.random.default_rng(0))
    assert len(stream) == stream.offered_tokens == 0


@settings(max_examples=50)
@given(
    rates=st.lists(st.floats(0.01, 30.0), min_size=1, max_size=8),
    duration=st.floats(0.1, 50.0),
    seed=st.integers(0, 1000),
)
def test_any_workload_gives_a_valid_stream(rates: list[float], duration: float, seed: int) -> None:
    lengths = [SHARED, OwnLengths()]
    workload = Workload.of(
        Adapter(f"a{i}", 16, rate, lengths[i % 2]) for i, rate in enumerate(rates)
    )
    stream = workload.sample(duration, np.random.default_rng(seed))
    assert stream.adapter_rank.tolist() == [16] * len(rates)
    assert len(stream) == 0 or (stream.arrival[0] >= 0 and stream.arrival[-1] < duration)
    assert len(stream) == 0 or stream.adapter.max() < len(rates)


def test_substreams_can_be_visited_in_any_order() -> None:
    streams = Substreams(np.random.default_rng(0))
    first = [streams.select(k).random() for k in range(5)]
    assert [streams.select(k).random() for k in reversed(range(5))] == first[::-1]
    assert len(set(first)) == 5


def test_two_million_requests() -> None:
    workload = paper_workload(384, rates=[600 / 384])
    stream = workload.sample(3600.0, np.random.default_rng(0))
    assert len(stream) == pytest.approx(2_160_000, rel=0.01)
    per_adapter = np.bincount(stream.adapter)
    assert per_adapter.size == 384
    assert per_adapter.var() == pytest.approx(per_adapter.mean(), rel=0.3)


@pytest.mark.parametrize(
    ("adapters", "problem"),
    [((), "no adapters"), ((Adapter("a", 8, 1.0, SHARED),) * 2, "'a' appears twice")],
)
def test_wrong_workloads(adapters: tuple[Adapter, ...], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Workload(adapters)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"arrival": [0.0]}, "differ in length"),
        ({"arrival": [1.0, 0.5]}, "sorted"),
        ({"arrival": [-1.0, 0.5]}, "not negative"),
        ({"prompt_tokens": [1, 0]}, "at least 1 token"),
        ({"adapter": [0, 1]}, "out of range"),
        ({"adapter": [-2, 0]}, "out of range"),
    ],
)
def test_wrong_streams(change: dict[str, list[float]], problem: str) -> None:
    fields = {
        "arrival": [0.0, 0.5],
        "adapter": [-1, 0],
        "prompt_tokens": [1, 1],
        "output_tokens": [1, 1],
        "adapter_rank": [8],
    }
    with pytest.raises(InputError, match=problem):
        RequestStream(**{k: np.array(v) for k, v in (fields | change).items()}, duration=1.0)


def test_classes_are_numbered_by_value_and_found_by_name() -> None:
    def lengths() -> CopulaLengths:
        return CopulaLengths(FixedLength(10), FixedLength(5))

    one, same = Adapter("a", 8, 1.0, lengths()), Adapter("b", 8, 1.0, lengths())
    workload = Workload(
        (one, replace(one, name="c", rank=16), same, replace(one, name="d", base_model="other"))
    )
    assert workload.classes == ((0, 0), (0, 1), (0, 0), (1, 2))
    assert list(workload.by_name) == ["a", "c", "b", "d"]
    assert workload.by_name["b"] is same
    assert workload == Workload(workload.adapters)


def test_samples_of_several_windows_are_as_if_each_were_drawn_alone() -> None:
    lengths = CopulaLengths(LogNormalLength(200, 100), FixedLength(10))
    workload = Workload((Adapter("a", 8, 2.0, lengths), Adapter("base", 0, 1.0, lengths)))
    sampling = Sampling(workload, np.random.default_rng(3))
    for duration in (50.0, 100.0, 20.0):
        expected = workload.sample(duration, np.random.default_rng(3))
        found = sampling.until(duration)
        for field in fields(expected):
            one, other = getattr(found, field.name), getattr(expected, field.name)
            np.testing.assert_array_equal(one, other)
