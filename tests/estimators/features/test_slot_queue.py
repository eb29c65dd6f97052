"""Waiting for an adapter slot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimators.features.slot_queue import SlotQueue, race_for_slots, slot_queue

RESIDENCE, SPREAD, WINDOW = 4.0, 0.8, 600.0


def queue(rates: list[float], counts: list[float], slots: float) -> SlotQueue:
    each, many, room = np.array(rates), np.array(counts), np.empty(len(rates))
    race, _ = race_for_slots(each, many, slots)
    return slot_queue(each, many, room, slots, RESIDENCE, SPREAD, WINDOW, race, 5.0)


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


def test_slots_go_to_the_adapters_whose_requests_come_first() -> None:
    """As a simulated race has it."""
    rates, counts, slots = np.array([2.0, 0.1]), np.array([6.0, 60.0]), 10.0
    race, held = race_for_slots(rates, counts, slots)
    got_one = counts * -np.expm1(-rates * race)
    assert got_one.sum() == pytest.approx(slots, rel=0.01)
    each = np.repeat(rates, counts.astype(int))
    first = np.random.default_rng(0).exponential(1 / each, (4000, each.size)).argsort(axis=1)
    assert held == pytest.approx(each[first[:, :10]].sum(axis=1).mean(), rel=0.03)


def test_who_came_first_is_served_where_visits_do_not_end() -> None:
    """Ten of a hundred adapters hold the slots for the whole window."""
    assert queue([3.0], [100.0], 10.0).served_share == pytest.approx(0.1, rel=0.05)


def test_an_adapter_that_comes_late_has_its_backlog_served() -> None:
    """What came before its visit counts, however long it would wait for the next one."""
    found = queue([0.05], [4000.0], 20.0)
    assert found.wait > WINDOW
    assert found.served_share == pytest.approx(WINDOW / 2 / found.wait, rel=0.15)
