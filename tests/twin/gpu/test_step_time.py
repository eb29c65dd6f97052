"""Step time: its formula, the part that the configuration fixes, and what is refused."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import ProfileError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.step_time import FIXED_TERMS, StepTime
from twin.kernel.step_cost import step_time

MODEL = StepTime(base=0.01, decode=1e-4, prefill_token=2e-4)
TERMS = [field.name for field in fields(StepTime) if field.name not in FIXED_TERMS]


def by_the_docstring(model: StepTime, config: EngineConfig, step: dict[str, int]) -> float:
    """The formula in the docstring of StepTime, term by term."""
    d, p, k = step["decodes"], step["prefill_tokens"], step["kv_tokens"]
    a, r = step["adapters"], step["rank_sum"]
    s, m = config.max_loras, config.max_lora_rank
    if config.specialize_active_lora and a > 0:
        active = a + (step["base_running"] > 0)
        s = min(s + 1, 2 ** math.ceil(math.log2(active))) - 1
    seconds = model.base + model.decode * d + model.prefill_token * p + model.kv_token * k
    if d + p > model.graph_tokens:
        seconds += model.eager
    seconds += model.scheduler_running * step["running"]
    seconds += model.scheduler_waiting * step["waiting"]
    seconds += model.scheduler_skipped * step["skipped"]
    if p > 0:
        seconds += model.prefill
    if config.max_loras > 0 and (a > 0 or model.lora_always):
        seconds += model.lora + model.slot * s + model.slot_rank * s * m
        seconds += model.decode_slot * s * d
        seconds += model.prefill_token_slot * s * p + model.prefill_token_lora * p
        seconds += model.prefill_token_slot_rank * m * p
        seconds += model.adapter * a + model.adapter_slot_rank * m * a
        seconds += model.adapter_narrow * a * (m < 16)
        seconds += model.adapter_rank * r + model.adapter_prefill_token * a * p
        if d + p > model.graph_tokens:
            seconds += model.eager_adapter * a
        if d + p < model.few_tokens:
            seconds += model.adapter_few * a
    if d + p > model.graph_tokens:
        seconds = max(
            seconds, model.launch + (model.launch_lora if config.max_loras > 0 and a > 0 else 0.0)
        )
    return seconds


@given(
    st.lists(st.floats(0, 1), min_size=len(TERMS), max_size=len(TERMS)),
    st.lists(st.integers(0, 600), min_size=2, max_size=2),
    st.sampled_from([0, 1, 32, 300]),
    st.sampled_from([8, 16, 32]),
    st.lists(st.integers(0, 3) | st.integers(0, 500), min_size=9, max_size=9),
    st.booleans(),
    st.booleans(),
)
def test_formula(
    terms: list[float],
    tokens: list[int],
    slots: int,
    rank: int,
    counts: list[int],
    always: bool,
    rounds_up: bool,
) -> None:
    fixed = dict(zip(FIXED_TERMS, (*tokens, always), strict=True))
    model = StepTime(**dict(zip(TERMS, terms, strict=True)), **fixed)  # type: ignore[arg-type]
    config = EngineConfig(
        max_loras=slots, max_lora_rank=rank, specialize_active_lora=rounds_up and not always
    )
    names = ("decodes", "prefill_tokens", "kv_tokens", "adapters", "rank_sum")
    step = dict(
        zip((*names, "running", "waiting", "skipped", "base_running"), counts, strict=True)
    )
    step["rank_sum"] *= step["adapters"] > 0
    expected = pytest.approx(by_the_docstring(model, config, step), rel=1e-12, abs=1e-9)
    costs = model.costs(config)
    assert step_time.py_func(costs, **step) == expected
    assert step_time(costs, *step.values()) == expected


@pytest.mark.parametrize("term", TERMS)
def test_every_term_costs_time(term: str) -> None:
    tokens = 30 if term == "adapter_few" else 300
    counts = {
        "decodes": tokens,
        "prefill_tokens": tokens,
        "kv_tokens": 9000,
        "adapters": 4,
        "rank_sum": 40,
        "running": 301,
        "waiting": 30,
        "skipped": 20,
        "base_running": 0,
    }
    config = EngineConfig(max_loras=8, max_lora_rank=8 if term == "adapter_narrow" else 16)
    costs = MODEL.costs(config)
    value = 1.0 if "launch" in term else getattr(MODEL, term) + 1e-3
    more = MODEL.with_terms({term: value}).costs(config)
    assert step_time(more, *counts.values()) > step_time(costs, *counts.values())


def test_read_and_written() -> None:
    model = MODEL.with_terms({"slot": 1e-5, "eager": 0.002})
    data = model.to_dict()
    assert StepTime.from_dict(data) == model
    assert "kv_token" not in data, "defaults are left out"
    nothing = StepTime(base=0.01, decode=0, prefill_token=0.0, graph_tokens=0)
    assert StepTime.from_dict(nothing.to_dict()) == nothing


@pytest.mark.parametrize("key", ["base", "decode", "prefill_token"])
def test_missing_keys(key: str) -> None:
    data = MODEL.to_dict()
    del data[key]
    with pytest.raises(ProfileError) as error:
        StepTime.from_dict(data)
    assert str(error.value) == f"step_time.{key}: is missing; a number of seconds"


def test_unknown_key() -> None:
    with pytest.raises(ProfileError, match=r"^step_time\.bse: unknown key; accepted: "):
        StepTime.from_dict({**MODEL.to_dict(), "bse": 1.0})


@pytest.mark.parametrize("value", ["0.1", None, True, [1.0]])
def test_values_that_are_no_numbers(value: object) -> None:
    with pytest.raises(ProfileError, match=r"^step_time\.decode: .* is not a number"):
        StepTime.from_dict({**MODEL.to_dict(), "decode": value})


@pytest.mark.parametrize("base", [0, 0.0])
def test_steps_that_take_no_time_are_not_read(base: float) -> None:
    """With any other costs: models' features are relative to the base."""
    with pytest.raises(ProfileError, match=r"^step_time\.base: 0 s, but each .* twin\.calibrate"):
        StepTime.from_dict({**MODEL.to_dict(), "base": base})
    assert StepTime(0.0, 0.0, 0.0).base == 0  # what a fit may start from


def test_a_switch_is_true_or_false() -> None:
    assert StepTime.from_dict({**MODEL.to_dict(), "lora_always": False}).lora_always is False
    with pytest.raises(ProfileError, match=r"^step_time\.lora_always: 1 is not true or false"):
        StepTime.from_dict({**MODEL.to_dict(), "lora_always": 1})


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
@pytest.mark.parametrize("term", [*TERMS, "graph_tokens", "few_tokens"])
def test_values_out_of_range(term: str, value: float) -> None:
    with pytest.raises(ProfileError, match=rf"^step_time\.{term}: .* is negative or not finite"):
        StepTime.from_dict({**MODEL.to_dict(), term: value})
