"""Time of a step: each cost counts what it should."""

from __future__ import annotations

import pytest

from twin.kernel.layout import StepCosts
from twin.kernel.step_cost import rounded_up, step_time

NOTHING = StepCosts(
    **dict.fromkeys(StepCosts._fields, 0.0) | {"graph_tokens": 512, "few_tokens": 0, "launched": 0}
)  # type: ignore[arg-type]
BATCH = {
    "decodes": 7,
    "prefill_tokens": 100,
    "kv_tokens": 5000,
    "adapters": 3,
    "rank_sum": 40,
    "running": 8,
    "waiting": 11,
    "skipped": 5,
    "base_running": 0,
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
        ("prefill", 1),
        ("lora", 0),
        ("lora_decode", 0),
        ("lora_prefill_token", 0),
        ("launch", 0),
        ("slot", 0),
        ("slot_decode", 0),
        ("slot_prefill_token", 0),
    ],
)
def test_each_cost_by_its_units(cost: str, units: int) -> None:
    costs = NOTHING._replace(**{cost: 0.25})
    assert step_time(costs, *BATCH.values()) == 0.25 * units


def test_a_step_of_decodes_alone_pays_for_no_prompt() -> None:
    costs = NOTHING._replace(prefill=0.25)
    assert step_time(costs, *(BATCH | {"prefill_tokens": 0}).values()) == 0


def test_a_step_without_adapters_is_spared_their_kernels() -> None:
    costs = NOTHING._replace(base=1.0, decode=0.5, prefill_token=0.25)
    costs = costs._replace(lora=0.75, lora_decode=0.375, lora_prefill_token=0.125)
    batch = BATCH | {"adapters": 0}
    assert step_time(costs, *batch.values()) == 0.25 + 0.125 * 7 + 0.125 * 100


@pytest.mark.parametrize(("tokens", "few"), [(107, False), (108, True)])
def test_adapters_cost_more_beside_few_tokens(tokens: int, few: bool) -> None:
    costs = NOTHING._replace(adapter_few=0.5, few_tokens=tokens)  # 107 are in the batch
    assert step_time(costs, *BATCH.values()) == few * 3 * 0.5


@pytest.mark.parametrize(("adapters", "least"), [(3, 1.5), (0, 1.0)])
def test_outside_the_graphs_a_step_takes_as_long_as_its_launches(
    adapters: int, least: float
) -> None:
    costs = NOTHING._replace(base=0.75, launch=1.0, launch_lora=0.5)
    batch = BATCH | {"prefill_tokens": 506, "adapters": adapters}
    assert step_time(costs, *batch.values()) == least
    assert step_time(costs._replace(base=2.0), *batch.values()) == 2.0
    assert step_time(costs, *(batch | {"prefill_tokens": 505}).values()) == 0.75


@pytest.mark.parametrize(("tokens", "eager"), [(505, False), (506, True)])
def test_beyond_the_graphs_a_step_is_eager(tokens: int, eager: bool) -> None:
    costs = NOTHING._replace(eager=0.5, eager_adapter=0.125)
    batch = BATCH | {"prefill_tokens": tokens}  # beside 7 decodes
    assert step_time(costs, *batch.values()) == eager * (0.5 + 3 * 0.125)


@pytest.mark.parametrize(
    ("active", "most", "launched"),
    [(1, 9, 1), (2, 9, 2), (3, 9, 4), (5, 9, 8), (8, 9, 8), (9, 9, 9), (3, 3, 3), (12, 9, 9)],
)
def test_active_adapters_are_rounded_up(active: int, most: int, launched: int) -> None:
    assert rounded_up(active, most) == launched


@pytest.mark.parametrize("base_running", [0, 1, 2])
def test_kernels_for_fewer_adapters_are_spared_their_part(base_running: int) -> None:
    costs = NOTHING._replace(base=90.0, launched=9)
    costs = costs._replace(slot=1.0, slot_decode=0.5, slot_prefill_token=0.0625)
    batch = BATCH | {"base_running": base_running}  # three adapters, and the base model or not
    each = 1.0 + 0.5 * 7 + 0.0625 * 100
    assert step_time(costs, *batch.values()) == 90.0 - 5 * each
    more = batch | {"adapters": 4}
    spared = 5 if base_running == 0 else 1
    assert step_time(costs, *more.values()) == 90.0 - spared * each
    assert step_time(costs, *(batch | {"adapters": 0}).values()) == 90.0
    assert step_time(costs._replace(launched=0), *batch.values()) == 90.0
