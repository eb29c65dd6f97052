"""Time of a step: each cost counts what it should."""

from __future__ import annotations

import pytest

from twin.kernel.layout import StepCosts
from twin.kernel.step_cost import step_time

NOTHING = StepCosts(**dict.fromkeys(StepCosts._fields, 0.0) | {"graph_tokens": 512})  # type: ignore[arg-type]
BATCH = {
    "decodes": 7,
    "prefill_tokens": 100,
    "kv_tokens": 5000,
    "adapters": 3,
    "rank_sum": 40,
    "running": 8,
    "waiting": 11,
    "skipped": 5,
}


@pytest.mark.parametrize(
    ("cost", "units"),
    [
        ("base", 1),
        ("decode", 7),
        ("prefill_token", 100),
        ("kv_token", 5000),
        ("adapter", 3),
        ("adapter_rank", 40),
        ("adapter_prefill_token", 300),
        ("scheduler_running", 8),
        ("scheduler_waiting", 11),
        ("scheduler_skipped", 5),
        ("eager", 0),
        ("eager_adapter", 0),
    ],
)
def test_each_cost_by_its_units(cost: str, units: int) -> None:
    costs = NOTHING._replace(**{cost: 0.25})
    assert step_time(costs, *BATCH.values()) == 0.25 * units


@pytest.mark.parametrize(("tokens", "eager"), [(505, False), (506, True)])
def test_beyond_the_graphs_a_step_is_eager(tokens: int, eager: bool) -> None:
    costs = NOTHING._replace(eager=0.5, eager_adapter=0.125)
    batch = BATCH | {"prefill_tokens": tokens}  # beside 7 decodes
    assert step_time(costs, *batch.values()) == eager * (0.5 + 3 * 0.125)
