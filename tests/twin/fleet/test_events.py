"""What happens to a fleet has the effect that it should have, from the moment it should."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.twin.fleet.fleet_cases import workload
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import RequestRecords
from twin.engine.start import Start
from twin.files.errors import InputError, InsufficientMemoryError
from twin.fleet import EventKind, Fleet, FleetGpu, FleetResult
from twin.fleet.router import NOWHERE, Router
from twin.fleet.traffic import Traffic
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.front_end import FrontEnd
from twin.workload.workload import RequestStream

WINDOW = 60.0
CONFIG_FOR_ALL = replace(CONFIG, max_loras=4, max_cpu_loras=None)


def gpu(name: str, *adapters: str, share: float = 1.0, **values: Any) -> FleetGpu:
    costs = profile(100_000, **values)
    return FleetGpu(name, costs, CONFIG_FOR_ALL, dict.fromkeys(adapters, share))


def fleet(*gpus: FleetGpu, rates: tuple[float, ...] = (2.0, 2.0), **settings: Any) -> Fleet:
    return Fleet(gpus, workload(rates), **{"duration": WINDOW, "records": True} | settings)


def records_of(result: FleetResult) -> RequestRecords:
    assert result.total.records is not None
    return result.total.records


def gpu_of(result: FleetResult) -> np.ndarray:
    assert result.routes is not None
    return result.routes.gpu


class TestFailures:
    BUSY = (12.0, 12.0)
    PAIR = (gpu("g0", "a0", "a1", share=0.5), gpu("g1", "a0", "a1", share=0.5))

    def test_nothing_ends_after_the_failure_and_all_as_it_would_have_before(self) -> None:
        plain = fleet(gpu("g0", "a0", "a1")).run()
        failing = fleet(gpu("g0", "a0", "a1"))
        failing.at(30.0, failing.fail, "g0")
        records, expected = records_of(failing.run()), records_of(plain)
        before = expected.finish <= 30.0
        np.testing.assert_array_equal(np.isfinite(records.finish), before)
        np.testing.assert_array_equal(records.finish[before], expected.finish[before])

    def test_without_another_gpu_requests_are_lost_until_it_is_back(self) -> None:
        one = fleet(gpu("g0", "a0", "a1"))
        one.at(20.0, one.fail, "g0")
        one.at(30.0, one.restore, "g0")
        result = one.run()
        records, routes = records_of(result), result.routes
        assert routes is not None
        down = (records.arrival >= 20.0) & (records.arrival < 30.0)
        assert routes.lost[down].all()
        assert np.all(routes.attempts[down] == 0)
        assert result.num_lost == down.sum() + result.aborted["g0"]
        assert result.aborted["g0"] > 0
        assert result.down_seconds["g0"] == 10.0
        after = records.arrival >= 30.0
        assert not routes.lost[after].any()
        assert np.nanmin(records.first_token[after]) > 30.0

    def test_another_gpu_takes_over(self) -> None:
        two = fleet(*self.PAIR, rates=self.BUSY)
        two.at(20.0, two.fail, "g0")
        result = two.run()
        records, routes = records_of(result), result.routes
        assert routes is not None
        assert result.num_lost == 0
        again = routes.attempts == 2
        assert again.sum() == result.num_retried == result.aborted["g0"] > 0
        assert np.all(routes.gpu[again] == 1)
        assert np.all(records.arrival[again] < 20.0)
        assert np.nanmin(records.first_token[again]) > 20.0  # from the beginning
        assert np.all(routes.gpu[records.arrival >= 20.0] == 1)

    def test_unless_nobody_sends_again(self) -> None:
        two = fleet(*self.PAIR, rates=self.BUSY, retry=False)
        two.at(20.0, two.fail, "g0")
        result = two.run()
        assert (result.num_lost, result.num_retried) == (result.aborted["g0"], 0)
        assert result.num_lost > 0

    @pytest.mark.parametrize("time", [20.0, 20.005, 20.01])
    def test_the_engine_did_what_it_does_in_a_window_that_ends_then(self, time: float) -> None:
        one = fleet(gpu("g0", "a0", "a1"), rates=self.BUSY)
        one.at(time, one.fail, "g0")
        result = one.run().gpus["g0"]
        stream = workload(self.BUSY).sample(WINDOW, np.random.default_rng(0))
        before = stream.arrival < time
        window = RequestStream(
            stream.arrival[before],
            stream.adapter[before],
            stream.prompt_tokens[before],
            stream.output_tokens[before],
            stream.adapter_rank,
            time,
        )
        g0 = gpu("g0")
        expected = simulate_stream(window, g0.config, g0.profile)
        for name in ("num_finished", "preemptions", "adapter_loads", "itl_p50", "itl_p99"):
            assert getattr(result, name) == getattr(expected, name), name
        for name in ("busy_fraction", "running_mean", "waiting_mean", "kv_usage_mean"):
            share = getattr(expected, name) * time / WINDOW
            assert getattr(result, name) == pytest.approx(share, rel=1e-9), name
        assert result.energy_joules == pytest.approx(expected.energy_joules)
        assert result.completed_throughput == result.served_throughput > 0

    def test_what_it_had_is_neither_backlog_nor_answered(self) -> None:
        one = fleet(gpu("g0", "a0", "a1"), rates=(25.0, 25.0))
        one.at(20.0, one.fail, "g0")
        result = one.run()
        g0 = result.gpus["g0"]
        assert result.aborted["g0"] > 50
        assert (g0.backlog_requests, g0.backlog_growth) == (0, 0.0)
        assert g0.records is not None
        answered = np.isfinite(g0.records.first_token) | np.isfinite(g0.records.finish)
        assert np.count_nonzero(~answered) == result.aborted["g0"]

    def test_latency_counts_from_the_first_arrival(self) -> None:
        both = fleet(gpu("g0", "a0"), gpu("g1", "a1"), rates=(40.0, 0.1))
        both.at(19.0, both.migrate, "a0", "g0", "g1", share=0.01)
        both.at(20.0, both.fail, "g0")
        result = both.run()
        records, routes = records_of(result), result.routes
        assert routes is not None
        again = (routes.attempts == 2) & np.isfinite(records.finish)
        assert again.any()
        ttft = records.first_token - records.arrival
        assert result.gpus["g1"].records is not None
        mine = result.gpus["g1"].records
        assert np.nanmax(mine.first_token - mine.arrival) == np.nanmax(ttft[routes.gpu == 1])

    def test_a_look_just_before_does_not_save_a_request(self) -> None:
        plain, watched = (fleet(gpu("g0", "a0", "a1")) for _ in range(2))
        for one in (plain, watched):
            one.at(20.0, one.fail, "g0")
        watched.at(20.0 - 1e-9, watched.state, "g0")
        for name in ("finish", "first_token"):
            mine, theirs = (getattr(records_of(one.run()), name) for one in (plain, watched))
            np.testing.assert_array_equal(mine, theirs)

    def test_a_new_engine_has_its_adapters_on_disk(self) -> None:
        one = fleet(gpu("g0", "a0", "a1", front_end=FrontEnd(0.3)))
        one.at(20.0, one.fail, "g0")
        one.at(20.0, one.restore, "g0")
        result = one.run()
        assert result.total.disk_loads == result.total.adapter_loads == 2
        records = records_of(result)
        first = np.flatnonzero(records.arrival >= 20.0)[0]
        assert records.first_token[first] - records.arrival[first] > 0.3

    def test_a_failure_on_the_way_takes_what_was_sent_there_from_another(self) -> None:
        three = fleet(*(gpu(f"g{i}", "a0", "a1", share=1 / 3) for i in range(3)), rates=self.BUSY)
        three.at(20.0, three.fail, "g0")
        three.at(20.0, three.fail, "g1")
        result = three.run()
        assert result.num_lost == 0
        assert result.routes is not None
        assert result.routes.attempts.max() == 3
        assert np.all(gpu_of(result)[result.routes.attempts == 3] == 2)


class TestMigrations:
    SLOW = AdapterLoad(gpu=0.05, disk=2.0)

    def test_the_target_has_the_requests_when_it_has_the_adapter(self) -> None:
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=self.SLOW))
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
    def test_a_target_that_fails_later_had_the_adapter(self, failure: float) -> None:
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=self.SLOW), rates=(20.0, 1.0))
        two.at(20.0, two.migrate, "a0", "g0", "g1")
        two.at(failure, two.fail, "g1")
        result = two.run()
        assert (result.gpus["g1"].disk_loads, result.gpus["g1"].adapter_loads) == (1, 1)
        assert result.gpus["g1"].loading_fraction == pytest.approx(0.05 / WINDOW)

    def test_host_memory_has_room_for_all_unless_told(self) -> None:
        two = fleet(gpu("g0", "a0", "a1", "a2"), gpu("g1", "a3"), rates=(2.0, 2.0, 2.0, 2.0))
        for name in ("a0", "a1", "a2"):
            two.at(20.0, two.migrate, name, "g0", "g1")
        result = two.run()
        assert result.gpus["g1"].disk_loads == 3

    def test_the_cold_target_sets_the_adapter_up(self) -> None:
        def first_ttft(setup: float) -> float:
            two = fleet(gpu("g0", "a0", "a1"), gpu("g1", front_end=FrontEnd(setup)))
            two.at(20.0, two.migrate, "a0", "g0", "g1")
            records = two.run().gpus["g1"].records
            assert records is not None
            return float(records.first_token[0] - records.arrival[0])

        assert first_ttft(0.3) >= first_ttft(0.0) + 0.3 - 1e-9

    def test_a_part_moves(self) -> None:
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1"), rates=(20.0, 0.1))
        two.at(20.0, two.migrate, "a0", "g0", "g1", share=0.25, seconds=0)
        result = two.run()
        records = records_of(result)
        later = (records.adapter == 0) & (records.arrival >= 20.0)
        there = gpu_of(result)[later].mean()
        assert there == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / later.sum()))
        assert two.state("g0").shares == {"a0": 0.75, "a1": 1.0}
        assert two.state("g1").shares == {"a0": 0.25}

    def test_a_target_that_serves_it_loads_nothing(self) -> None:
        two = fleet(gpu("g0", "a0", share=0.5), gpu("g1", "a0", share=0.5), rates=(2.0,))
        two.at(20.0, two.migrate, "a0", "g0", "g1")
        result = two.run()
        assert result.events[-1].time == 20.0
        assert result.total.disk_loads == 0
        assert two.state("g0").shares == {}
        assert two.state("g1").shares == {"a0": 1.0}

    @pytest.mark.parametrize("back", [False, True])
    def test_it_is_given_up_if_the_target_fails(self, back: bool) -> None:
        two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=self.SLOW))
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

    def test_a_failed_gpu_can_be_left(self) -> None:
        two = fleet(gpu("g0", "a0"), gpu("g1", adapter_load=self.SLOW), rates=(2.0,))
        two.at(20.0, two.fail, "g0")
        two.at(21.0, two.migrate, "a0", "g0", "g1")
        result = two.run()
        records = records_of(result)
        between = (records.arrival >= 20.0) & (records.arrival < 23.0)
        assert result.num_lost == between.sum() + result.aborted["g0"]
        assert np.all(gpu_of(result)[records.arrival >= 23.0] == 1)

    def test_two_at_once_move_what_there_is(self) -> None:
        three = fleet(gpu("g0", "a0", "a1"), gpu("g1"), gpu("g2"))
        three.at(20.0, three.migrate, "a0", "g0", "g1")
        three.at(20.0, three.migrate, "a0", "g0", "g2")
        result = three.run()
        kinds = [event.kind for event in result.events]
        assert kinds.count(EventKind.MIGRATED) == kinds.count(EventKind.ABANDONED) == 1
        assert result.num_lost == 0

    def test_the_load_takes_the_profiles_time_unless_told(self) -> None:
        for seconds, expected in ((None, 22.0), (5.0, 25.0)):
            two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=self.SLOW))
            two.at(20.0, two.migrate, "a0", "g0", "g1", seconds=seconds)
            assert two.run().events[-1].time == expected


class TestShifts:
    def test_the_rate_changes_and_the_others_do_not(self) -> None:
        plain, shifted = (fleet(gpu("g0", "a0", "a1"), rates=(1.0, 1.0)) for _ in range(2))
        shifted.at(20.0, shifted.shift, "a0", 9.0)
        one, other = records_of(plain.run()), records_of(shifted.run())
        for records in (one, other):
            records.arrival.setflags(write=False)
        np.testing.assert_array_equal(
            one.arrival[one.adapter == 1], other.arrival[other.adapter == 1]
        )
        early = [r.arrival[(r.adapter == 0) & (r.arrival < 20.0)] for r in (one, other)]
        np.testing.assert_array_equal(*early)
        late = np.count_nonzero((other.adapter == 0) & (other.arrival >= 20.0))
        assert late == pytest.approx(360, abs=4 * math.sqrt(360))

    def test_to_nothing_and_back(self) -> None:
        one = fleet(gpu("g0", "a0", "a1"))
        one.at(20.0, one.shift, "a0", 0.0)
        one.at(40.0, one.shift, "a0", 5.0)
        records = records_of(one.run())
        mine = records.arrival[records.adapter == 0]
        assert not np.any((mine >= 20.0) & (mine < 40.0))
        assert np.count_nonzero(mine >= 40.0) == pytest.approx(100, abs=40)

    def test_the_last_of_several_at_a_time_counts(self) -> None:
        one = fleet(gpu("g0", "a0", "a1"))
        for rate in (50.0, 0.0):
            one.at(20.0, one.shift, "a0", rate)
        records = records_of(one.run())
        assert not np.any(records.arrival[records.adapter == 0] >= 20.0)

    def test_requests_are_handed_out_once_however_they_are_taken(self) -> None:
        adapters = workload([3.0, 1.0])
        stream = adapters.sample(WINDOW, np.random.default_rng(5))
        traffic = Traffic(adapters, WINDOW, 5)
        parts = [traffic.take(until) for until in (0.0, 7.5, 7.5, 31.0, WINDOW)]
        np.testing.assert_array_equal(np.concatenate([p.arrival for p in parts]), stream.arrival)
        np.testing.assert_array_equal(
            np.concatenate([p.output for p in parts]), stream.output_tokens
        )


class TestRouter:
    def test_by_their_shares_and_those_that_are_up(self) -> None:
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

    def test_in_pieces_as_at_once(self) -> None:
        one, other = (Router(np.full((1, 4), 0.25), 3) for _ in range(2))
        requests = np.zeros(100, np.int32)
        pieces = [other.choose(part) for part in np.split(requests, [0, 13, 13, 60])]
        np.testing.assert_array_equal(one.choose(requests), np.concatenate(pieces))


class TestStates:
    def test_what_waits_and_runs(self) -> None:
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

    def test_of_a_gpu_that_is_down(self) -> None:
        one = fleet(gpu("g0", "a0", "a1"))
        one.fail("g0")
        state = one.state("g0")
        assert (state.up, state.running, state.waiting, state.kv_usage) == (False, 0, 0, 0.0)
        assert state.shares == {"a0": 1.0, "a1": 1.0}

    def test_a_process_that_reacts(self) -> None:
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


class TestRefusals:
    def test_of_a_placement(self) -> None:
        small = replace(CONFIG_FOR_ALL, max_lora_rank=8)
        cases: list[tuple[list[FleetGpu], str]] = [
            ([], "fleet: it has no GPUs"),
            ([gpu("g0", "a0"), gpu("g0", "a1")], "GPU 'g0' appears twice"),
            ([gpu("g0", "a0", "a1", "zz")], "GPU g0: adapter 'zz' is not in the workload"),
            ([gpu("g0", "a0")], "shares of adapter a1: they sum to 0; 1"),
            ([gpu("g0", "a0", "a1"), gpu("g1", "a0")], "shares of adapter a0: they sum to 2"),
            ([replace(gpu("g0", "a0", "a1"), config=small)], "max_lora_rank 8 is below rank 16"),
            (
                [replace(gpu("g0", "a0", "a1"), config=replace(CONFIG_FOR_ALL, max_loras=0))],
                "max_loras is 0; 1 or more for a0",
            ),
        ]
        for gpus, message in cases:
            with pytest.raises(InputError) as error:
                fleet(*gpus)
            assert message in str(error.value)

    @pytest.mark.parametrize("share", [0.0, -0.5, 1.5, math.nan])
    def test_of_a_share(self, share: float) -> None:
        with pytest.raises(InputError, match=r"GPU g0, share of adapter a0: .* not inside"):
            gpu("g0", "a0", share=share)

    def test_of_an_engine_that_does_not_start(self) -> None:
        with pytest.raises(InputError, match=r"GPU g0: its engine does not start: .*max_model"):
            FleetGpu("g0", profile(200), CONFIG, {"a0": 1.0})

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"duration": 0.0}, "duration: 0.0 is not a positive number"),
            ({"resolution": -1.0}, "resolution: -1.0"),
            ({"max_in_system": -1}, "max_in_system: -1"),
            ({"seed": -1}, "seed: -1 is negative"),
        ],
    )
    def test_of_a_number(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            fleet(gpu("g0", "a0", "a1"), **settings)

    def test_of_more_than_fits_into_memory(self) -> None:
        with pytest.raises(InsufficientMemoryError, match="choose a shorter duration"):
            fleet(gpu("g0", "a0", "a1"), duration=1e12)

    def test_of_events(self) -> None:
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
