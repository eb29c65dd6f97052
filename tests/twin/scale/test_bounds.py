"""What bounds each term, and what that means on another GPU."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from twin.gpu.datasheet import gpu
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.step_time import FIXED_TERMS, StepTime
from twin.scale.bounds import TERM_BOUNDS, Bound, GpuRatios, weight_seconds

LLAMA = KNOWN_MODELS["llama31_8b"]


def test_every_term_is_bound_by_something() -> None:
    terms = {field.name for field in fields(StepTime)}
    assert TERM_BOUNDS.keys() | {"base", *FIXED_TERMS} == terms
    for name, bound in TERM_BOUNDS.items():
        assert sum(bound.shares.values()) == pytest.approx(1), name
        assert set(bound.shares) <= {*bound.plausible}, name
        assert bound.reason


def test_ratios_are_those_of_the_datasheets() -> None:
    ratios = GpuRatios.between(gpu("H100-64GB"), gpu("H200"))
    assert ratios.of(Bound.BANDWIDTH) == pytest.approx(2.02 / 4.8)
    assert ratios.of(Bound.COMPUTE) == ratios.of(Bound.PACE) == ratios.of(Bound.HOST) == 1
    slower = GpuRatios.between(gpu("H100-80GB"), gpu("A100-80GB"))
    assert slower.of(Bound.COMPUTE) == pytest.approx(989 / 312)
    assert slower.of(Bound.PACE) == pytest.approx(132 * 1.98 / (108 * 1.41))
    assert slower.mix({Bound.HOST: 0.5, Bound.COMPUTE: 0.5}) == pytest.approx((1 + 989 / 312) / 2)


def test_time_to_read_the_weights() -> None:
    """Llama-3.1-8B: 8.03 billion parameters, 0.53 of them the embedding of the input."""
    expected = 2 * (8.03e9 - 128256 * 4096) / 3.35e12
    assert weight_seconds(LLAMA, gpu("H100-80GB"), 1.0) == pytest.approx(expected, rel=1e-3)
    assert weight_seconds(LLAMA, gpu("H100-80GB"), 0.5) == pytest.approx(2 * expected, rel=1e-3)
    tied = replace(LLAMA, tied_embeddings=True)
    assert weight_seconds(tied, gpu("H100-80GB"), 1.0) == pytest.approx(expected, rel=1e-3)
