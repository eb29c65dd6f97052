"""Queue of waiting requests: first come, first served, with skipping by adapter.

Two views of the same requests: one list over all of them in order, and one first-in-first-out
list for each adapter. A heap holds the adapters that run now and have requests waiting, ordered by
their first request, so that a full engine finds the next admissible request without scanning.

Requests carry an order key: arrivals count up from zero; a preempted request goes to the front
and gets the next negative key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.compiled import inlined
from twin.kernel.layout import NONE, Engine, Requests

__all__ = ["count_waiting", "heap_first", "heap_offer", "pop", "push_back", "push_front"]


@inlined
def count_waiting(
    engine: Engine, requests: Requests, known: int, counts: NDArray[np.int64]
) -> None:
    """Count the waiting requests by adapter, those included that the next step will queue.

    Parameters
    ----------
    known : int
        The first ``known`` requests have arrived.
    counts : ndarray of shape (num_adapters + 1,)
        Added to; the last place is that of the base model.
    """
    request = engine.s[0].head
    while request != NONE:
        counts[requests.adapter[request]] += 1
        request = engine.queue[request].next
    for upcoming in range(engine.s[0].upcoming, known):
        counts[requests.adapter[upcoming]] += 1


@inlined
def push_back(engine: Engine, request: int, adapter: int) -> None:
    """Append an arriving request."""
    s = engine.s[0]
    entry = engine.queue[request]
    owner = engine.adapter[adapter]
    tail = s.tail
    entry.key = request
    entry.next = NONE
    entry.previous = tail
    entry.adapter_next = NONE
    if tail == NONE:
        s.head = request
    else:
        engine.queue[tail].next = request
    s.tail = request
    if owner.first == NONE:
        owner.first = request
    else:
        engine.queue[owner.last].adapter_next = request
    owner.last = request
    s.waiting += 1


@inlined
def push_front(engine: Engine, request: int, adapter: int) -> None:
    """Put a preempted request before all others."""
    s = engine.s[0]
    entry = engine.queue[request]
    owner = engine.adapter[adapter]
    head = s.head
    s.front_key -= 1
    entry.key = s.front_key
    entry.previous = NONE
    entry.next = head
    if head == NONE:
        s.tail = request
    else:
        engine.queue[head].previous = request
    s.head = request
    entry.adapter_next = owner.first
    if owner.first == NONE:
        owner.last = request
    owner.first = request
    s.waiting += 1
    if owner.heap_position != NONE:
        _sift_up(engine, owner.heap_position, adapter, s.front_key)


@inlined
def pop(engine: Engine, request: int, adapter: int) -> None:
    """Take out a request, which must be the first of its adapter."""
    s = engine.s[0]
    owner = engine.adapter[adapter]
    before, after = engine.queue[request].previous, engine.queue[request].next
    if before == NONE:
        s.head = after
    else:
        engine.queue[before].next = after
    if after == NONE:
        s.tail = before
    else:
        engine.queue[after].previous = before
    owner.first = engine.queue[request].adapter_next
    s.waiting -= 1
    position = owner.heap_position
    if position != NONE:
        if owner.first == NONE:
            _heap_remove(engine, position)
        else:
            _sift_down(engine, position, adapter, engine.queue[owner.first].key)


@inlined
def heap_offer(engine: Engine, adapter: int) -> None:
    """Enter an adapter that runs now, unless nothing of it waits or it is in already."""
    owner = engine.adapter[adapter]
    if owner.first != NONE and owner.heap_position == NONE:
        size = engine.s[0].heap_size
        engine.s[0].heap_size = size + 1
        _sift_up(engine, size, adapter, engine.queue[owner.first].key)


@inlined
def heap_first(engine: Engine) -> int:
    """First waiting request of an adapter that runs now, or NONE; drops those that stopped."""
    while engine.s[0].heap_size > 0:
        adapter = engine.heap[0].adapter
        if engine.cache.running[adapter] > 0:
            return int(engine.adapter[adapter].first)
        _heap_remove(engine, 0)
    return NONE


@inlined
def _place(engine: Engine, position: int, adapter: int, key: int) -> None:
    engine.heap[position].adapter = adapter
    engine.heap[position].key = key
    engine.adapter[adapter].heap_position = position


@inlined
def _sift_up(engine: Engine, position: int, adapter: int, key: int) -> None:
    """Enter an adapter at this position or above it."""
    while position > 0:
        parent = (position - 1) >> 1
        above = engine.heap[parent]
        if key >= above.key:
            break
        _place(engine, position, above.adapter, above.key)
        position = parent
    _place(engine, position, adapter, key)


@inlined
def _sift_down(engine: Engine, position: int, adapter: int, key: int) -> None:
    """Enter an adapter at this position or below it."""
    size = engine.s[0].heap_size
    while 2 * position + 1 < size:
        child = 2 * position + 1
        if child + 1 < size and engine.heap[child + 1].key < engine.heap[child].key:
            child += 1
        below = engine.heap[child]
        if below.key >= key:
            break
        _place(engine, position, below.adapter, below.key)
        position = child
    _place(engine, position, adapter, key)


@inlined
def _heap_remove(engine: Engine, position: int) -> None:
    """Take out what is at this position; the last one fills the gap."""
    size = engine.s[0].heap_size - 1
    engine.s[0].heap_size = size
    engine.adapter[engine.heap[position].adapter].heap_position = NONE
    if position < size:
        adapter, key = engine.heap[size].adapter, engine.heap[size].key
        if position > 0 and key < engine.heap[(position - 1) >> 1].key:
            _sift_up(engine, position, adapter, key)
        else:
            _sift_down(engine, position, adapter, key)
