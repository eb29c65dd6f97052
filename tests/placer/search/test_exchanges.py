"""Moves and swaps within the room that GPUs have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from placer.problem.rules import Rules
from placer.search.exchanges import Exchanges
from tests.placer.search.test_assignment import (
    NUM_ITEMS,
    PROBLEM,
    TABLE,
    TYPES,
    recomputed,
    table_of,
)


@pytest.mark.parametrize("seed", range(4))
def test_no_gpu_keeps_more_than_its_room(seed: int) -> None:
    owner = np.random.default_rng(seed).integers(0, 2, NUM_ITEMS)
    state = Exchanges(PROBLEM, TABLE, TYPES, owner)
    assert state.used() == pytest.approx(recomputed(state))
    total = state.used().sum()
    assert state.used().max() > 1
    assert state.relieve(200) == 0
    assert state.used() == pytest.approx(recomputed(state))
    assert state.used().max() <= 1
    assert state.used().sum() < 2 * total
    assert sorted(np.concatenate(state.contents()).tolist()) == list(range(NUM_ITEMS))


def test_swaps_use_up_what_little_room_there_is() -> None:
    """Two GPUs that hold everything have to be full to within a percent."""
    types = TYPES[2:4]
    state = Exchanges(PROBLEM, TABLE, types, np.arange(NUM_ITEMS) % 2)
    even = float(state.used().sum()) / 2
    state = Exchanges(PROBLEM, TABLE, types, np.zeros(NUM_ITEMS, dtype=np.int64))
    state.room[:] = 1.01 * even
    assert state.relieve(200) == 0
    assert state.used().min() > 0.98 * even


def test_it_says_by_how_much_a_gpu_is_too_full() -> None:
    owner = np.zeros(NUM_ITEMS, dtype=np.int64)
    state = Exchanges(PROBLEM, TABLE, TYPES[:1], owner)
    assert state.relieve(10) == pytest.approx(float(state.used()[0]) - 1)
    state = Exchanges(PROBLEM, TABLE, TYPES, owner)
    assert 0 < state.relieve(2) < float(Exchanges(PROBLEM, TABLE, TYPES, owner).used()[0]) - 1


def test_items_are_put_where_they_exceed_no_room() -> None:
    owner = np.arange(NUM_ITEMS) % 4
    owner[7] = -1
    state = Exchanges(PROBLEM, TABLE, TYPES, owner)
    state.room[:4] = state.used()[:4]
    assert state.put_all()
    assert state.owner[7] == 4


def test_items_stay_off_types_that_refuse_them_and_rules_are_kept() -> None:
    names = [f"adapter-{i:03d}" for i in range(4)]
    rules = Rules(profiles=dict.fromkeys(names, "example-0"), apart=[names])
    problem = replace(PROBLEM, rules=rules)
    types = ["example-0"] * 4 + ["example-1"] * 2
    owner = np.full(NUM_ITEMS, 5)
    owner[:4] = [0, 1, 2, -1]
    state = Exchanges(problem, table_of(problem), types, owner)
    assert state.put_all()
    assert state.owner[3] == 3
    state.room[:] = [0.9, 0.9, 0.9, 0.9, 0.9, 0.1]
    state.relieve(200)
    assert sorted(state.owner[:4].tolist()) == [0, 1, 2, 3]
    assert np.bincount(state.owner, minlength=6)[5] < NUM_ITEMS - 4


def test_what_has_no_place_is_left() -> None:
    problem = replace(PROBLEM, rules=Rules(apart=[["adapter-000", "adapter-001"]]))
    owner = np.zeros(NUM_ITEMS, dtype=np.int64)
    owner[0] = -1
    state = Exchanges(problem, table_of(problem), ["example-0"], owner)
    assert not state.put_all()
    assert state.owner[0] == -1
