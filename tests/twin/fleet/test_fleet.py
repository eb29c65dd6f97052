"""What happens to a fleet has the effect that it should have, from the moment it should."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.twin.fleet.small_fleet import CONFIG_FOR_ALL, WINDOW, fleet, gpu, gpu_of, records_of
from twin.engine.start import Start
from twin.files.errors import InputError, InsufficientMemoryError
from twin.fleet import EventKind, Fleet
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.front_end import FrontEnd

SLOW = AdapterLoad(gpu=0.05, disk=2.0)


def test_the_target_has_the_requests_when_it_has_the_adapter() -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=SLOW))
    two.at(20.0, two.migrate, "a0", "g0", "g1")
    result = two.run()
    records = records_of(result)
    mine = records.adapter == 0
    np.testing.assert_array_equal(gpu_of(result)[mine], records.arrival[mine] >= 22.0)
    assert np.all(gpu_of(result)[~mine] == 0)
    assert result.num_lost == 0
    assert [(event.time, event.kind) for event in result.events] == [
        (20.0, EventKind.LOADING),
        (22.0, EventKind.MIGRATED),
    ]
    # Loaded once beside the steps, copied to a slot in one; nothing is lost on the way.
    assert (result.gpus["g1"].disk_loads, result.gpus["g1"].adapter_loads) == (1, 1)
    assert result.gpus["g1"].loading_fraction == pytest.approx(0.05 / WINDOW)


@pytest.mark.parametrize("failure", [40.0, 40.01])
def test_a_target_that_fails_later_had_the_adapter(failure: float) -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=SLOW), rates=(20.0, 1.0))
    two.at(20.0, two.migrate, "a0", "g0", "g1")
    two.at(failure, two.fail, "g1")
    result = two.run()
    assert (result.gpus["g1"].disk_loads, result.gpus["g1"].adapter_loads) == (1, 1)
    assert result.gpus["g1"].loading_fraction == pytest.approx(0.05 / WINDOW)


def test_host_memory_has_room_for_all_unless_told() -> None:
    two = fleet(gpu("g0", "a0", "a1", "a2"), gpu("g1", "a3"), rates=(2.0, 2.0, 2.0, 2.0))
    for name in ("a0", "a1", "a2"):
        two.at(20.0, two.migrate, name, "g0", "g1")
    result = two.run()
    assert result.gpus["g1"].disk_loads == 3


def test_the_cold_target_sets_the_adapter_up() -> None:
    def first_ttft(setup: float) -> float:
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1", front_end=FrontEnd(setup)))
        two.at(20.0, two.migrate, "a0", "g0", "g1")
        records = two.run().gpus["g1"].records
        assert records is not None
        return float(records.first_token[0] - records.arrival[0])

    assert first_ttft(0.3) >= first_ttft(0.0) + 0.3 - 1e-9


def test_a_part_moves() -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1"), rates=(20.0, 0.1))
    two.at(20.0, two.migrate, "a0", "g0", "g1", share=0.25, seconds=0)
    result = two.run()
    records = records_of(result)
    later = (records.adapter == 0) & (records.arrival >= 20.0)
    there = gpu_of(result)[later].mean()
    assert there == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / later.sum()))
    assert two.state("g0").shares == {"a0": 0.75, "a1": 1.0}
    assert two.state("g1").shares == {"a0": 0.25}


def test_a_target_that_serves_it_loads_nothing() -> None:
    two = fleet(gpu("g0", "a0", share=0.5), gpu("g1", "a0", share=0.5), rates=(2.0,))
    two.at(20.0, two.migrate, "a0", "g0", "g1")
    result = two.run()
    assert result.events[-1].time == 20.0
    assert result.total.disk_loads == 0
    assert two.state("g0").shares == {}
    assert two.state("g1").shares == {"a0": 1.0}


@pytest.mark.parametrize("back", [False, True])
def test_it_is_given_up_if_the_target_fails(back: bool) -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=SLOW))
    told = []

    def operator() -> Generator[Any, Any, None]:
        yield two.env.timeout(20.0)
        told.append((yield two.migrate("a0", "g0", "g1")))

    two.env.process(operator())
    two.at(21.0, two.fail, "g1")
    if back:
        two.at(21.5, two.restore, "g1")
    result = two.run()
    assert told == [False]
    assert result.events[-1].kind == EventKind.ABANDONED
    assert np.all(gpu_of(result) == 0)


def test_a_failed_gpu_can_be_left() -> None:
    two = fleet(gpu("g0", "a0"), gpu("g1", adapter_load=SLOW), rates=(2.0,))
    two.at(20.0, two.fail, "g0")
    two.at(21.0, two.migrate, "a0", "g0", "g1")
    result = two.run()
    records = records_of(result)
    between = (records.arrival >= 20.0) & (records.arrival < 23.0)
    assert result.num_lost == between.sum() + result.aborted["g0"]
    assert np.all(gpu_of(result)[records.arrival >= 23.0] == 1)


def test_two_at_once_move_what_there_is() -> None:
    three = fleet(gpu("g0", "a0", "a1"), gpu("g1"), gpu("g2"))
    three.at(20.0, three.migrate, "a0", "g0", "g1")
    three.at(20.0, three.migrate, "a0", "g0", "g2")
    result = three.run()
    kinds = [event.kind for event in result.events]
    assert kinds.count(EventKind.MIGRATED) == kinds.count(EventKind.ABANDONED) == 1
    assert result.num_lost == 0


def test_the_load_takes_the_profiles_time_unless_told() -> None:
    for seconds, expected in ((None, 22.0), (5.0, 25.0)):
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=SLOW))
        two.at(20.0, two.migrate, "a0", "g0", "g1", seconds=seconds)
        assert two.run().events[-1].time == expected


def test_what_waits_and_runs() -> None:
    one = fleet(gpu("g0", "a0", "a1"), rates=(40.0, 40.0))
    seen = []
    one.at(10.0, lambda: seen.append(one.state("g0")))
    result = one.run()
    state = seen[0]
    assert state.up
    assert 0 < state.running <= 8  # max_num_seqs
    assert state.waiting == sum(state.waiting_by_adapter.values())
    records = records_of(result)
    arrived = records.arrival < 10.0
    done = np.isfinite(records.finish) & (records.finish < 10.0)
    assert state.running + state.waiting == pytest.approx(arrived.sum() - done.sum(), abs=8)
    assert 0 < state.kv_usage < 1
    assert state.shares == {"a0": 1.0, "a1": 1.0}


def test_the_state_of_a_gpu_that_is_down() -> None:
    one = fleet(gpu("g0", "a0", "a1"))
    one.fail("g0")
    state = one.state("g0")
    assert (state.up, state.running, state.waiting, state.kv_usage) == (False, 0, 0, 0.0)
    assert state.shares == {"a0": 1.0, "a1": 1.0}


def test_a_process_that_reacts() -> None:
    """An operator that moves the adapter with the longest queue relieves an engine."""

    def relieve(owner: Fleet) -> Generator[Any, Any, None]:
        while True:
            yield owner.env.timeout(1.0)
            state = owner.state("g0")
            queues = state.waiting_by_adapter
            if state.waiting > 20 and len(state.shares) > 1:
                yield owner.migrate(max(queues, key=lambda name: queues[name]), "g0", "g1")

    settings: dict[str, Any] = {"rates": (25.0, 20.0, 1.0)}
    alone = fleet(gpu("g0", "a0", "a1"), gpu("g1", "a2"), **settings)
    helped = fleet(gpu("g0", "a0", "a1"), gpu("g1", "a2"), **settings)
    helped.env.process(relieve(helped))
    one, other = alone.run(), helped.run()
    assert any(event.kind == EventKind.MIGRATED for event in other.events)
    assert other.total.ttft_p99 < one.total.ttft_p99 / 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"duration": 0.0}, "duration: 0.0 is not a positive number"),
        ({"resolution": -1.0}, "resolution: -1.0"),
        ({"max_in_system": -1}, "max_in_system: -1"),
        ({"seed": -1}, "seed: -1 is negative"),
    ],
)
def test_refused_numbers(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fleet(gpu("g0", "a0", "a1"), **settings)


def test_refused_sizes() -> None:
    with pytest.raises(InsufficientMemoryError, match="choose a shorter duration"):
        fleet(gpu("g0", "a0", "a1"), duration=1e12)


def test_refused_events() -> None:
    one = fleet(
        gpu("g0", "a0", "a1"),
        gpu("g1"),
        replace(gpu("g2"), config=replace(CONFIG_FOR_ALL, max_lora_rank=8)),
        gpu("g3"),
    )
    one.env.run(until=10.0)
    one.fail("g3")
    cases: list[tuple[Any, str]] = [
        (lambda: one.at(5.0, one.fail, "g0"), "time: 5.0 is before 10.0"),
        (lambda: one.at(math.nan, one.fail, "g0"), "time: nan is before"),
        (lambda: one.fail("gx"), "GPU: there is none called 'gx'; there are g0, g1, g2, g3"),
        (lambda: one.fail("g3"), "GPU g3: it is down already"),
        (lambda: one.restore("g0"), "GPU g0: it is not down"),
        (lambda: one.state("gx"), "there is none called 'gx'"),
        (lambda: one.shift("zz", 1.0), "adapter: there is none called 'zz'"),
        (lambda: one.shift("a0", -1.0), "rate of adapter a0: -1.0 is not a number >= 0"),
        (lambda: one.shift("a0", math.inf), "rate of adapter a0: inf"),
        (lambda: one.migrate("zz", "g0", "g1"), "adapter: there is none called 'zz'"),
        (lambda: one.migrate("a0", "g0", "g0"), "g0 is both source and target"),
        (lambda: one.migrate("a0", "g0", "g3"), "GPU g3 is down"),
        (lambda: one.migrate("a0", "g1", "g0"), "GPU g1 does not serve it"),
        (lambda: one.migrate("a1", "g0", "g2"), "max_lora_rank 8 is below rank 16"),
        (lambda: one.migrate("a0", "g0", "g1", share=2.0), "2.0 is not inside (0, 1.0]"),
        (lambda: one.migrate("a0", "g0", "g1", share=0.0), "0.0 is not inside"),
        (lambda: one.migrate("a0", "g0", "g1", seconds=-1.0), "-1.0 is not a number of sec"),
    ]
    for action, message in cases:
        with pytest.raises(InputError) as error:
            action()
        assert message in str(error.value)
    assert [event.kind for event in one.run().events] == [EventKind.FAILED]


def test_starts() -> None:
    """At time 0 adapters are where `Start` says, on each GPU its own."""
    loads = {}
    for start in Start:
        two = fleet(gpu("g0", "a0"), gpu("g1", "a1"), start=start)
        loads[start] = two.run().total.disk_loads
    assert loads == {Start.WARM: 0, Start.FRESH: 0, Start.COLD: 2}
