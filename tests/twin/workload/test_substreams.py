"""Substreams are far apart, repeatable, and independent of the order in which they are chosen."""

from __future__ import annotations

import numpy as np

from twin.workload.substreams import Substreams


def draws(streams: Substreams, number: int, size: int = 1000) -> np.ndarray:
    return streams.select(number).random(size)


def test_a_stream_can_be_chosen_again() -> None:
    streams = Substreams(np.random.default_rng(1))
    first = draws(streams, 3)
    draws(streams, 0)
    np.testing.assert_array_equal(draws(streams, 3), first)


def test_the_seed_decides() -> None:
    one, same, other = (Substreams(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(draws(one, 5), draws(same, 5))
    assert not np.any(draws(one, 5) == draws(other, 5))


def test_the_generator_moves_on() -> None:
    rng = np.random.default_rng(1)
    one, two = Substreams(rng), Substreams(rng)
    assert not np.any(draws(one, 0) == draws(two, 0))


def test_streams_are_numpys_jumps() -> None:
    """The k-th stream is where ``PCG64DXSM.jumped(k)`` goes."""
    rng = np.random.default_rng(1)
    bits = np.random.PCG64DXSM(rng.integers(0, 2**32, 4, dtype=np.uint32))
    streams = Substreams(np.random.default_rng(1))
    for number in (0, 1, 7):
        expected = np.random.Generator(bits.jumped(number)).random(10)
        np.testing.assert_array_equal(draws(streams, number, 10), expected)


def test_neighbors_are_uncorrelated_and_uniform() -> None:
    streams = Substreams(np.random.default_rng(1))
    table = np.array([draws(streams, number, 4000) for number in range(40)])
    correlation = np.corrcoef(table)[~np.eye(40, dtype=bool)]
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    assert abs(table.mean() - 0.5) < 5 * np.sqrt(1 / 12 / table.size)
