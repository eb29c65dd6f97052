"""What holds in every state of the engine, and in every run of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.kernel.engine_cases import EngineCase, engine_cases, random_case
from tests.twin.kernel.engine_state import check_state, computed, running, waiting
from twin.kernel.layout import NONE, Engine, EngineLimits, Requests, StepCosts

cases = settings(max_examples=60)


def single_steps(case: EngineCase) -> Iterator[Engine]:
    """The engine after each of its steps."""
    engine = case.new_engine(sampled=False)
    s = engine.s[0]
    while True:
        yield engine
        before = s.copy()
        until = np.nextafter(s["now"], np.inf)
        if s["running"] == s["waiting"] == 0 and s["upcoming"] < case.requests.arrival.size:
            until = max(until, np.nextafter(case.requests.arrival[s["upcoming"]], np.inf))
        if until >= case.duration:
            return
        case.advance(engine, until)
        if s == before or s["now"] > case.duration:
            return


def check_steps(case: EngineCase) -> None:
    """Walk through a run: its states, and that tokens neither vanish nor come from nowhere."""
    tokens: Counter[int] = Counter()
    lost = 0
    before = 0.0
    for engine in single_steps(case):
        s = engine.s[0]
        check_state(engine, case)
        assert s["now"] >= before
        before = s["now"]
        at_work = running(engine)
        current = {request: computed(engine, case, request) for request in at_work}
        for request in waiting(engine):
            lost += tokens[request]  # preempted in this step; the rest of them held nothing
        done = engine.finished[: s["finished"]]
        completed = int((case.requests.prompt[done] + case.requests.output[done] - 1).sum())
        assert s["processed"] == sum(current.values()) + completed + lost
        assert all(current[request] >= tokens[request] for request in at_work)
        tokens = Counter(current)
        generated = sum(
            count + 1 - int(case.requests.prompt[request])
            for request, count in current.items()
            if request != s["partial"]
        )
        entries = engine.request
        not_decoding = [*waiting(engine), *([s["partial"]] if s["partial"] != NONE else [])]
        generated += int(entries["generated"][not_decoding].sum())
        generated += int(case.requests.output[done].sum())
        first_tokens = np.count_nonzero(entries["first_token"])
        assert generated == first_tokens + engine.gap_counts.sum()


@cases
@given(engine_cases())
def test_every_state_is_consistent(case: EngineCase) -> None:
    check_steps(case)


def test_every_state_is_consistent_in_bulk() -> None:
    rng = np.random.default_rng(1)
    for _ in range(120):
        check_steps(random_case(rng))


@cases
@given(engine_cases(), st.lists(st.floats(0, 1), max_size=12))
def test_a_run_in_pieces_is_the_run(case: EngineCase, cuts: list[float]) -> None:
    whole = case.run()
    pieces = case.new_engine()
    last = whole.s[0]["now"]
    for cut in [*sorted(cuts), math.inf]:
        case.advance(pieces, min(case.duration, cut * last) if last else case.duration)
    for name in ("request", "finished", "rejected", "gap_counts", "series", "adapter", "cache"):
        one, other = (np.asarray(getattr(engine, name)) for engine in (pieces, whole))
        assert one.tobytes() == other.tobytes(), name
    for name in whole.s.dtype.names:
        assert pieces.s[0][name] == pytest.approx(whole.s[0][name], rel=1e-9), name


def test_one_step_at_a_time_is_the_run() -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        case = random_case(rng)
        *_, stepped = single_steps(case)
        case.advance(stepped)
        whole = case.run(sampled=False)
        assert stepped.request.tobytes() == whole.request.tobytes()
        assert stepped.gap_counts.tolist() == whole.gap_counts.tolist()


@cases
@given(engine_cases())
def test_the_same_input_gives_the_same_bytes(case: EngineCase) -> None:
    for one, other in zip(case.run(), case.run(), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


@cases
@given(engine_cases())
def test_the_input_is_not_changed(case: EngineCase) -> None:
    before = [array.tobytes() for array in case.requests]
    case.run()
    assert [array.tobytes() for array in case.requests] == before


@cases
@given(engine_cases())
def test_times_are_in_order(case: EngineCase) -> None:
    engine = case.run()
    entries = engine.request
    finish = entries["finish"][engine.finished[: engine.s[0]["finished"]]]
    assert np.all(np.diff(finish) >= 0)
    assert np.all(finish <= case.duration)
    started = entries["first_token"] > 0
    assert np.all(entries["first_token"][started] > case.requests.arrival[started])
    ended = entries["finish"] > 0
    assert np.all(entries["finish"][ended] >= entries["first_token"][ended])
    several = ended & (case.requests.output > 1)
    assert np.all(entries["finish"][several] > entries["first_token"][several])


@cases
@given(engine_cases())
def test_first_come_first_served_within_an_adapter(case: EngineCase) -> None:
    """An adapter's requests start in order, whatever is skipped or preempted in between."""
    first_token = case.run().request["first_token"]
    for adapter in range(case.adapter_rank.size + 1):
        mine = first_token[case.requests.adapter == adapter]
        assert np.all(np.diff(mine[mine > 0]) >= 0)


@cases
@given(engine_cases())
def test_first_come_first_served_with_slots_for_all(case: EngineCase) -> None:
    slots = max(1, case.adapter_rank.size)
    case = replace(case, limits=case.limits._replace(max_loras=slots, host_adapters=slots))
    first_token = case.run().request["first_token"]
    assert np.all(np.diff(first_token[first_token > 0]) >= 0)


@cases
@given(engine_cases())
def test_adapters_that_cost_nothing_are_the_base_model(case: EngineCase) -> None:
    """With a slot for each, no loads and no cost by adapter, adapters make no difference."""
    num_adapters = case.adapter_rank.size
    free = {name: 0.0 for name in StepCosts._fields if "adapter" in name or "lora" in name}
    free |= {name: 0.0 for name in StepCosts._fields if name.startswith("slot")}
    nothing = np.zeros(num_adapters)
    slots = max(1, num_adapters)
    case = replace(case, costs=case.costs._replace(**free))
    adapters = replace(
        case,
        limits=case.limits._replace(max_loras=slots, host_adapters=slots),
        gpu_load=nothing,
        disk_load=nothing,
        cold=False,
    )
    base = replace(
        case,
        requests=case.requests._replace(adapter=np.full_like(case.requests.adapter, 0)),
        limits=case.limits._replace(max_loras=0, host_adapters=0),
        adapter_rank=np.empty(0, np.int64),
        gpu_load=np.empty(0),
        disk_load=np.empty(0),
    )
    one, other = adapters.run(), base.run()
    for name in ("first_token", "finish", "preempted"):
        assert one.request[name].tolist() == other.request[name].tolist()
    assert one.gap_counts.tolist() == other.gap_counts.tolist()
    assert one.s[0]["processed"] == other.s[0]["processed"]
    assert one.s[0]["gpu_loads"] == other.s[0]["adapters_integral"] == 0


def one_at_a_time(arrival: np.ndarray, service: float, steps: int) -> EngineCase:
    """A single server with a constant service time of so many steps."""
    n = arrival.size
    nothing: dict[str, float] = dict.fromkeys(StepCosts._fields, 0.0)
    costs = StepCosts(
        **{**nothing, "base": service / steps, "graph_tokens": 512, "few_tokens": 0, "launched": 0}
    )
    return EngineCase(
        requests=Requests(
            arrival,
            np.zeros(n, np.int32),
            np.full(n, 3, np.int32),
            np.full(n, steps, np.int32),
        ),
        limits=EngineLimits(
            max_loras=0,
            host_adapters=0,
            max_num_seqs=1,
            max_num_batched_tokens=2048,
            kv_blocks=100,
            block_size=16,
            max_in_system=0,
            prefill_first=False,
            watermark_blocks=0,
            overlap_loads=False,
        ),
        costs=costs,
        adapter_rank=np.empty(0, np.int64),
        gpu_load=np.empty(0),
        disk_load=np.empty(0),
        duration=float(arrival[-1]) + n * service,
        resolution=0.0,
        num_samples=0,
    )


@pytest.mark.parametrize("utilization", [0.3, 0.6, 0.85])
@pytest.mark.parametrize("steps", [1, 8])
def test_one_request_at_a_time_is_an_m_d_1_queue(utilization: float, steps: int) -> None:
    """Mean waiting time by the Pollaczek-Khinchine formula: ρ D / (2 (1 − ρ))."""
    service = 0.25
    rng = np.random.default_rng(int(100 * utilization))
    arrival = np.cumsum(rng.exponential(service / utilization, 200_000))
    case = one_at_a_time(arrival, service, steps)
    engine = case.run()
    finish = engine.request["finish"]
    wait = finish - arrival - service
    assert wait.min() > -1e-6
    expected = utilization * service / (2 * (1 - utilization))
    batches = wait.reshape(100, -1).mean(axis=1)
    standard_error = batches.std(ddof=1) / 10
    assert standard_error < 0.03 * expected, "too few requests to tell"
    assert abs(wait.mean() - expected) < 4 * standard_error
    assert engine.s[0]["busy"] / finish[-1] == pytest.approx(utilization, rel=0.01)
