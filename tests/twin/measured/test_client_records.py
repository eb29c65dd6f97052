"""What a client noted, and what that tells of the client."""

from __future__ import annotations

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.measured.client_records import ClientRecord, ClientRecords, tokens_of


def records(sent: np.ndarray, takes: np.ndarray) -> ClientRecords:
    rows = zip(sent.tolist(), takes.tolist(), strict=True)
    return ClientRecords("f", [ClientRecord(t, t + d / 9, t + d, 5, 5) for t, d in rows])


@pytest.mark.parametrize("streams", [1, 2, 8])
def test_a_client_that_waits_for_answers_is_told_by_what_it_did(streams: int) -> None:
    rng = np.random.default_rng(1)
    takes = rng.uniform(0.5, 2.0, 120)
    free = np.linspace(0, 0.01, streams)
    sent = np.empty(120)
    for i, time in enumerate(takes):
        first = int(free.argmin())
        sent[i] = free[first] + 0.002
        free[first] = sent[i] + time
    assert records(sent, takes).concurrency() == streams


@pytest.mark.parametrize("rate", [0.05, 2.0, 30.0])
def test_a_client_that_sends_by_the_clock_has_no_bound(rate: float) -> None:
    rng = np.random.default_rng(2)
    sent = np.cumsum(rng.exponential(1 / rate, 200))
    assert records(sent, rng.uniform(0.5, 2.0, 200)).concurrency() == 0


def test_what_a_client_tells_goes_before() -> None:
    told = ClientRecords("f", records(np.arange(5.0), np.ones(5)).answered, streams=3)
    assert told.concurrency() == 3
    assert records(np.zeros(5), np.ones(5)).concurrency() == 0, "all at once"


def test_what_tells_too_little_is_refused() -> None:
    some = records(np.arange(20.0), np.ones(20)).answered
    ClientRecords("f", some, num_failed=1).check()
    with pytest.raises(InputError, match="2 of 22 requests failed"):
        ClientRecords("f", some, num_failed=2).check()
    with pytest.raises(InputError, match="none of its 3 requests was answered"):
        ClientRecords("f", [], num_failed=2, cut=(1.0,)).check()


def test_until_the_first_that_was_cut() -> None:
    whole = records(np.arange(4.0), np.full(4, 1.5))
    assert whole.until_cut() == (list(whole.answered), 4.5)
    kept, end = ClientRecords("f", whole.answered, cut=(2.5, 2.2)).until_cut()
    assert (len(kept), end) == (3, 2.2)


@pytest.mark.parametrize("value", [0, 1.5, -1, None, True, "x", 2**30])
def test_no_number_of_tokens(value: object) -> None:
    with pytest.raises(InputError):
        tokens_of("f", value)
    assert tokens_of("f", 3.0) == 3


def test_times_have_an_order() -> None:
    with pytest.raises(InputError, match=r"f: it was sent at 2\.0 s.*times in this order"):
        ClientRecord(2.0, 1.0, 3.0, 1, 1).check("f")
