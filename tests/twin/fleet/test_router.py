"""Which GPU answers a request."""

from __future__ import annotations

import math

import numpy as np

from twin.fleet.router import NOWHERE, Router


def test_by_their_shares_and_those_that_are_up() -> None:
    router = Router(np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]]), 0)
    n = 20_000
    both = np.repeat(np.array([0, 1], np.int32), n)
    for down, expected in ((None, [0.5, 0.3, 0.2]), (0, [0.0, 0.6, 0.4])):
        if down is not None:
            router.switch(down, up=False)
        chosen = router.choose(both)
        found = np.bincount(chosen[:n], minlength=3) / n
        np.testing.assert_allclose(found, expected, atol=4 * math.sqrt(0.25 / n))
        assert np.all(chosen[n:] == 2)
    router.switch(2, up=False)
    assert np.all(router.choose(both)[n:] == NOWHERE)
    router.switch(2, up=True)
    router.switch(0, up=True)
    router.move(0, 0, 1, 9.0)  # at most what it has
    np.testing.assert_allclose(router.shares[0], [0.0, 0.8, 0.2])


def test_in_pieces_as_at_once() -> None:
    one, other = (Router(np.full((1, 4), 0.25), 3) for _ in range(2))
    requests = np.zeros(100, np.int32)
    pieces = [other.choose(part) for part in np.split(requests, [0, 13, 13, 60])]
    np.testing.assert_array_equal(one.choose(requests), np.concatenate(pieces))


def test_what_has_no_share_up_goes_to_those_that_could_answer() -> None:
    shares = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    could = np.array([[False] * 3, [True, True, True], [True] * 3])
    router = Router(shares, 0, could)
    n = 4_000
    each = np.repeat(np.array([0, 1, 2], np.int32), n)
    assert np.all(router.choose(each)[: 2 * n] == 2)
    router.switch(2, up=False)
    chosen = router.choose(each)
    assert np.all(chosen[:n] == NOWHERE), "an adapter's own GPU is down"
    assert np.bincount(chosen[n : 2 * n], minlength=3)[1] > 0.45 * n
    assert np.all(chosen[2 * n :] == NOWHERE), "nobody has a share"
