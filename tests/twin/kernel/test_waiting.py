"""The queue of waiting requests, and the adapters of which some can come in."""

from __future__ import annotations

import numpy as np

from tests.twin.kernel.engine_cases import stopped_engines
from tests.twin.kernel.engine_state import waiting
from twin.kernel.layout import NONE, Engine, EngineLimits, new_engine
from twin.kernel.waiting import count_waiting, heap_first, heap_offer, pop, push_back, push_front

NUM_ADAPTERS = 5
LIMITS = EngineLimits(NUM_ADAPTERS, NUM_ADAPTERS, 16, 64, 100, 16, 0, False, 0, False)


def empty_engine(num_requests: int) -> Engine:
    ranks = np.full(NUM_ADAPTERS, 8, np.int64)
    return new_engine(num_requests, 10, ranks, np.zeros(5), np.zeros(5), LIMITS)


def test_what_waits_is_counted_by_adapter() -> None:
    several = 0
    for case, engine in stopped_engines(100):
        known = int(np.searchsorted(case.requests.arrival, engine.s[0]["now"], side="right"))
        known = max(known, int(engine.s[0]["upcoming"]))
        counts = np.zeros(case.adapter_rank.size + 1, np.int64)
        count_waiting(engine, case.requests, known, counts)
        queued, request = [], engine.s[0]["head"]
        while request != NONE:
            queued.append(request)
            request = engine.queue["next"][request]
        queued += range(engine.s[0]["upcoming"], known)
        expected = np.bincount(case.requests.adapter[queued], minlength=counts.size)
        assert counts.tolist() == expected.tolist()
        several += len(queued) > 2
    assert several > 10


def test_as_a_list_whatever_comes_and_goes() -> None:
    """Requests arrive, are taken out by adapter, and come back to the front."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        adapter = rng.integers(0, NUM_ADAPTERS, 60)
        engine = empty_engine(adapter.size)
        engine.cache.running[:NUM_ADAPTERS] = rng.integers(0, 2, NUM_ADAPTERS)
        runs = engine.cache.running > 0
        expected: list[int] = []
        taken: list[int] = []
        upcoming = 0
        while upcoming < adapter.size or expected:
            if upcoming < adapter.size and rng.random() < 0.5:
                push_back(engine, upcoming, adapter[upcoming])
                expected.append(upcoming)
                changed = upcoming
                upcoming += 1
            elif taken and rng.random() < 0.3:
                changed = taken.pop()
                push_front(engine, changed, adapter[changed])
                expected.insert(0, changed)
            elif expected:
                which = adapter[rng.choice(expected)]
                first = next(request for request in expected if adapter[request] == which)
                pop(engine, first, which)
                expected.remove(first)
                taken.append(first)
                changed = first
            else:
                continue
            if runs[adapter[changed]]:
                heap_offer(engine, adapter[changed])
            assert waiting(engine) == expected
            assert engine.s[0]["waiting"] == len(expected)
            admissible = [request for request in expected if runs[adapter[request]]]
            assert heap_first(engine) == (admissible[0] if admissible else NONE)


def test_adapters_that_stopped_are_dropped() -> None:
    engine = empty_engine(3)
    for request, adapter in enumerate((0, 1, 1)):
        push_back(engine, request, adapter)
    engine.cache.running[:2] = 1
    for adapter in (0, 1):
        heap_offer(engine, adapter)
    assert heap_first(engine) == 0
    engine.cache.running[0] = 0
    assert heap_first(engine) == 1
    assert engine.s[0]["heap_size"] == 1
