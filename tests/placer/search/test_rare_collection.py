"""Garbage is looked for rarely while placements are searched for and verified."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Barrier, Thread

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.search.rare_collection import rare_collection
from placer.search.run_search import run_search
from placer.search.search import Search
from placer.strategies import FirstFit
from placer.verification.verify import Verifier
from tests.placer.search.small_search import PROBLEM

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def usual_thresholds() -> Iterator[None]:
    found = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*found)


def fail() -> None:
    with rare_collection():
        with rare_collection():
            assert gc.get_threshold()[0] > USUAL[0]
        assert gc.get_threshold()[0] > USUAL[0]
        raise ZeroDivisionError


def test_it_ends_with_what_there_was_also_by_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        fail()
    assert gc.get_threshold() == USUAL


@pytest.mark.parametrize("thresholds", [(0, 10, 10), (10**6, 5, 5)])
def test_what_is_rarer_stays(thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(*thresholds)
    with rare_collection():
        assert gc.get_threshold() == thresholds
    assert gc.get_threshold() == thresholds


def test_the_last_of_several_threads_brings_back_what_there_was() -> None:
    both = Barrier(2)

    def first() -> None:
        with rare_collection():
            both.wait()

    thread = Thread(target=first)
    thread.start()
    with rare_collection():
        both.wait()
        thread.join()
        assert gc.get_threshold()[0] > USUAL[0]
    assert gc.get_threshold() == USUAL


def test_searching_and_verifying_are_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def body(search: Search) -> None:
        seen.append(gc.get_threshold()[0])
        FirstFit().search(search)

    evaluator, rng = (
        Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM),
        np.random.default_rng(0),
    )
    result = run_search("own", body, PROBLEM, evaluator, Budget(), rng)
    checked = Verifier.check
    monkeypatch.setattr(
        Verifier,
        "check",
        lambda *own: (seen.append(gc.get_threshold()[0]), checked(*own)),
    )
    Verifier(60.0, explain=False).verify(result, evaluator)
    assert min(seen) > USUAL[0]
    assert len(seen) == 2
    assert gc.get_threshold() == USUAL
