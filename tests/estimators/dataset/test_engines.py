"""Engines drawn at random: how far they reach, and what goes together."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from estimators.dataset.engines import TERMS, draw_engine
from twin.files.errors import EstimatedProfileWarning
from twin.gpu.engine_semantics import engine_semantics
from twin.gpu.memory.weights import weight_bytes
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import bundled_profile_names, read_profile
from twin.gpu.step_time import FIXED_TERMS

DRAWN = [draw_engine(np.random.default_rng(k)) for k in range(600)]
with warnings.catch_warnings():
    warnings.simplefilter("ignore", EstimatedProfileWarning)
    KNOWN = [read_profile(name) for name in bundled_profile_names()]


def figures(of: Callable[[ServingProfile], float]) -> np.ndarray:
    return np.array([of(profile) for profile in DRAWN])


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    both = (one > 0) & (other > 0)
    return float(np.corrcoef(np.log(one[both]), np.log(other[both]))[0, 1])


def test_every_engine_starts_and_the_same_number_draws_the_same() -> None:
    for profile in DRAWN:
        assert profile.memory_error(profile.engine_config(1, 16)) is None
    assert draw_engine(np.random.default_rng(3)) == DRAWN[3]


def test_every_term_of_the_step_time_is_drawn() -> None:
    assert set(TERMS) == set(DRAWN[0].step_time.__slots__) - set(FIXED_TERMS)


@pytest.mark.parametrize("name", TERMS)
def test_terms_of_known_engines_lie_well_inside(name: str) -> None:
    """Or are hardly there, as those that are left out."""
    drawn = figures(lambda profile: getattr(profile.step_time, name))
    low, high = np.quantile(drawn[drawn > 0], (0.0, 1.0))
    for profile in KNOWN:
        value = getattr(profile.step_time, name)
        assert value <= 0.1 * TERMS[name].usual or low < value < high, profile.name


def test_costs_reach_far_beyond_known_engines() -> None:
    for of, factor in (
        (lambda p: p.step_time.base, 2.0),
        (lambda p: p.step_time.prefill_token, 2.0),
        (lambda p: p.adapter_load.gpu, 2.0),
        (lambda p: p.kv_capacity(1, 16), 1.5),
        (lambda p: p.max_num_batched_tokens, 1.9),
    ):
        drawn, known = figures(of), [of(profile) for profile in KNOWN]
        assert drawn.min() < min(known) / factor
        assert drawn.max() > max(known) * factor
    assert {p.largest_rank for p in DRAWN} >= {16, 512}
    assert len({p.step_time.graph_tokens for p in DRAWN}) > 3


def test_terms_are_those_of_one_machine() -> None:
    step = {name: figures(lambda p, n=name: getattr(p.step_time, n)) for name in TERMS}
    assert correlation(step["slot"], step["adapter"]) > 0.5
    assert correlation(step["prefill"], step["launch"]) > 0.5
    assert 0.2 < correlation(step["prefill_token"], step["slot"]) < 0.9
    weights = figures(lambda p: weight_bytes(p.kv_capacity_model.architecture) / p.gpus_per_engine)
    assert correlation(step["base"], weights) > 0.3


def test_engines_schedule_as_their_version_does() -> None:
    for profile in DRAWN:
        semantics = engine_semantics(profile.engine_version)
        for name in ("scheduler", "async_scheduling", "hold_slots", "reserve_prompts"):
            assert getattr(profile, name) == getattr(semantics, name)
        assert profile.step_time.lora_always == semantics.lora_always
    flags = {(p.scheduler, p.async_scheduling, p.hold_slots) for p in DRAWN}
    assert flags == {("v0", False, False), ("v1", False, False), ("v1", True, False)} | {
        ("v1", True, True)
    }
    assert {p.overlap_loads for p in DRAWN} == {True, False}
