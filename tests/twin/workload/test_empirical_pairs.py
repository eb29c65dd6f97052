"""Pairs of lengths from a log."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.workload.empirical_pairs import EmpiricalPairs


def test_they_stay_together() -> None:
    model = EmpiricalPairs([10, 20, 30], [3, 2, 1])
    prompt, output = model.sample(30_000, np.random.default_rng(0))
    assert set(zip(prompt.tolist(), output.tolist(), strict=True)) == {(10, 3), (20, 2), (30, 1)}
    np.testing.assert_allclose(np.bincount(output)[1:] / 30_000, 1 / 3, atol=0.02)


def test_they_cannot_be_changed() -> None:
    tokens = np.array([1, 2, 3])
    model = EmpiricalPairs(tokens, tokens)
    tokens[0] = 100
    assert model.prompt_tokens[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        model.prompt_tokens[0] = 5


def test_equal_are_those_with_the_same_pairs_in_the_same_order() -> None:
    assert EmpiricalPairs([1, 2], [3, 4]) != EmpiricalPairs([2, 1], [3, 4])
    assert EmpiricalPairs([1, 2], [3, 4]) == EmpiricalPairs(np.array([1, 2]), (3, 4))


def test_moments_are_those_of_the_pairs() -> None:
    model = EmpiricalPairs([10, 30], [1, 1])
    assert (model.prompt_mean, model.prompt_std) == (20, 10)
    assert (model.output_mean, model.output_std) == (1, 0)


@pytest.mark.parametrize(
    ("prompt", "output", "key"),
    [
        ([], [], "pairs"),
        ([1, 2], [1], "pairs"),
        ([0], [1], "prompt_tokens"),
        ([1], [2**31], "output_tokens"),
        ([1], [1.5], "output_tokens"),
    ],
)
def test_lengths_out_of_range(prompt: Any, output: Any, key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: "):
        EmpiricalPairs(prompt, output)
