"""Waiting for an adapter slot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimators.features.slot_queue import SlotQueue, slot_queue

RESIDENCE, SPREAD, WINDOW = 4.0, 0.8, 600.0


def queue(rates: list[float], counts: list[float], slots: float) -> SlotQueue:
    room = np.empty(len(rates))
    return slot_queue(
        np.array(rates), np.array(counts), room, slots, RESIDENCE, SPREAD, WINDOW, 5.0
    )


@pytest.mark.parametrize("slots", [2.0, 5.0, 9.0])
def test_shares_of_time_that_adapters_hold_a_slot_add_up_to_the_slots(slots: float) -> None:
    rates, counts = [0.5, 0.1], [8.0, 40.0]
    wait = queue(rates, counts, slots).wait
    held = 0.0
    for rate, count in zip(rates, counts, strict=True):
        y = rate * RESIDENCE
        visit = RESIDENCE * ((math.exp(y) - 1) / y + SPREAD * math.log(1 + rate * wait))
        held += count * visit / (1 / rate + wait + visit)
    assert held == pytest.approx(slots, rel=0.02)


def test_fewer_slots_are_a_longer_wait_and_fewer_visits_that_are_served() -> None:
    found = [queue([0.3], [30.0], slots) for slots in (20.0, 10.0, 5.0)]
    assert found[0].wait < found[1].wait < found[2].wait
    assert found[0].delay < found[1].delay < found[2].delay
    assert 1 >= found[0].served_share > found[1].served_share > found[2].served_share > 0
    assert all(one.visits > 0 for one in found)
