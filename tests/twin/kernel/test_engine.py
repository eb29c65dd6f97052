"""The kernel agrees with the naive engine, request by request and in every total.

The default is a few thousand cases; ``LORA_PLACER_ORACLE_CASES=20000`` runs more.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings

from tests.twin.kernel.engine_cases import EngineCase, engine_cases, random_case
from tests.twin.kernel.naive_engine import NaiveEngine
from twin.kernel.layout import Engine, EngineLimits, Requests, StepCosts

_BATCHES = 8
_CASES = int(os.environ.get("LORA_PLACER_ORACLE_CASES", "4000"))


@settings(max_examples=_CASES // 8)
@given(engine_cases())
def test_drawn_by_hypothesis(case: EngineCase) -> None:
    check(case)


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_drawn_in_bulk(batch: int) -> None:
    rng = np.random.default_rng(batch)
    for number in range(_CASES // _BATCHES):
        case = random_case(rng)
        try:
            check(case)
        except AssertionError as error:
            error.add_note(f"case {number} of batch {batch}: {case}")
            raise


@pytest.mark.parametrize("prefill_first", [False, True])
def test_of_a_realistic_size(prefill_first: bool) -> None:
    """Lengths, batches and blocks as on a GPU, in overload, with slots and blocks short."""
    rng = np.random.default_rng(5)
    n, num_adapters = 500, 60
    costs = dict.fromkeys(StepCosts._fields, 1e-6) | {"base": 0.012, "adapter": 4e-4}
    case = EngineCase(
        requests=Requests(
            np.cumsum(rng.exponential(0.03, n)),
            rng.integers(0, num_adapters + 1, n).astype(np.int32),
            np.minimum(rng.lognormal(5, 1, n), 1000).astype(np.int32) + 1,
            np.minimum(rng.lognormal(4.5, 1, n), 600).astype(np.int32) + 1,
        ),
        limits=EngineLimits(
            max_loras=24,
            host_adapters=40,
            max_num_seqs=256,
            max_num_batched_tokens=1024,
            kv_blocks=1000,
            block_size=16,
            max_in_system=0,
            prefill_first=prefill_first,
            watermark_blocks=10 if prefill_first else 0,
            overlap_loads=False,
        ),
        costs=StepCosts(**{**costs, "graph_tokens": 512, "few_tokens": 0, "launched": 0}),
        adapter_rank=rng.choice([8, 16, 32], num_adapters),
        gpu_load=rng.uniform(0.005, 0.02, num_adapters),
        disk_load=rng.uniform(0.02, 0.1, num_adapters),
        duration=30.0,
        resolution=0.5,
        num_samples=60,
    )
    engine = case.run()
    assert engine.s[0]["preemptions"] > 20
    assert engine.s[0]["disk_loads"] > 10
    check(case)


def check(case: EngineCase) -> None:
    naive = case.run_naively()
    sums = sums_over_steps(naive)
    for sampled in (False, True):
        engine = case.run(sampled=sampled)
        check_requests(engine, naive)
        check_totals(engine, naive)
        for field, expected in sums.items():
            assert engine.s[0][field] == expected, field
        if sampled:
            check_series(engine, naive, case)


def check_requests(engine: Engine, naive: NaiveEngine) -> None:
    table = engine.request
    for i, request in enumerate(naive.requests):
        assert table["first_token"][i] == (request.first_token or 0.0), i
        assert table["finish"][i] == (request.finish or 0.0), i
        assert table["preempted"][i] == request.preemptions, i
        assert engine.rejected[i] == request.rejected, i
    order = engine.finished[: engine.s[0]["finished"]]
    assert order.tolist() == [request.number for request in naive.finished]


def check_totals(engine: Engine, naive: NaiveEngine) -> None:
    s = engine.s[0]
    assert s["preemptions"] == naive.preemptions
    assert s["gpu_loads"] == naive.adapters.gpu_loads
    assert s["disk_loads"] == naive.adapters.disk_loads
    assert s["processed"] == naive.processed
    assert s["steps"] == sum(step.end <= naive.duration for step in naive.steps)
    assert s["running"] == len(naive.running)
    assert s["waiting"] == len(naive.waiting)
    assert s["free"] == len(naive.free_blocks)
    assert s["blocks_max"] == max((step.used_blocks for step in naive.steps), default=0)
    assert engine.gap_counts.tolist() == naive.gap_counts


def sums_over_steps(naive: NaiveEngine) -> dict[str, object]:
    """What the steps add up to, but for rounding."""
    inside = [min(step.end, naive.duration) - step.start for step in naive.steps]
    loading = sum(min(step.loading, t) for step, t in zip(naive.steps, inside, strict=True))
    sums = {
        "busy": sum(inside),
        "loading": loading,
        "running_integral": naive.integral("running"),
        "waiting_integral": naive.integral("waiting"),
        "blocks_integral": naive.integral("used_blocks"),
        "adapters_integral": naive.integral("adapters"),
    }
    return {field: pytest.approx(value, rel=1e-9) for field, value in sums.items()}


def check_series(engine: Engine, naive: NaiveEngine, case: EngineCase) -> None:
    for row in range(engine.s[0]["samples"]):
        time, *values = engine.series[row]
        assert time == (row + 1) * case.resolution
        assert tuple(values) == naive.sample(time), row
    last = naive.steps[-1].end if naive.steps else 0.0
    due = sum((row + 1) * case.resolution <= last for row in range(case.num_samples))
    assert engine.s[0]["samples"] == due
