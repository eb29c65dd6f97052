"""Kinds of adapters: read once for all rows that have the same, and refused where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from twin.files.errors import InputError
from twin.sources.adapter_kinds import AdapterKinds, is_missing, optional_text
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.arrivals import GammaArrivals, PoissonArrivals
from twin.workload.lengths import FixedLength
from twin.workload.rank import BASE

DEFAULTS = {
    "prompt_tokens_mean": None,
    "prompt_tokens_std": None,
    "output_tokens_mean": 50.0,
    "output_tokens_std": 0.0,
    "arrival_cv": 1.0,
}


@pytest.fixture
def kinds() -> AdapterKinds:
    return AdapterKinds(DEFAULTS, "llama", sharegpt_lengths())


def test_rows_that_have_the_same_are_of_one_kind(kinds: AdapterKinds) -> None:
    one = kinds.kind("row 2", {"name": "a", "rank": "8", "rate_req_s": "1"}, named=True)
    same = kinds.kind("row 3", {"name": "b", "rank": "8", "rate_req_s": "2"}, named=True)
    other = kinds.kind("row 4", {"name": "c", "rank": "16", "arrival_cv": "2"}, named=True)
    assert same is one
    assert (one.rank, one.base_model, one.arrivals) == (8, "llama", PoissonArrivals())
    assert (other.rank, other.arrivals) == (16, GammaArrivals(2.0))
    assert other.lengths is one.lengths
    assert one.lengths.output_mean == FixedLength(50).mean


def test_a_row_without_name_and_rank_is_for_the_base_model(kinds: AdapterKinds) -> None:
    assert kinds.kind("row 2", {"rank": "", "base_model": "qwen"}, named=False).rank == BASE
    with pytest.raises(InputError, match=r"row 3 \(a\), rank: '' is not a number"):
        kinds.kind("row 3 (a)", {"rank": "", "base_model": "qwen"}, named=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "row 3, rank: True is not a number"),
        (1.5, "row 3, rank: 1.5 is not a whole number"),
        ([1], r"row 3, rank: \[1\] is not a number"),
        ({"r": 1}, "row 3, rank: {'r': 1} is not a number"),
        (None, "row 3, rank: None is not a number"),
    ],
)
def test_a_wrong_value_is_refused_after_a_right_one(
    kinds: AdapterKinds, value: Any, text: str
) -> None:
    assert kinds.kind("row 2", {"rank": 1}, named=True).rank == 1
    for _ in range(2):
        with pytest.raises(InputError, match=text):
            kinds.kind("row 3", {"rank": value}, named=True)


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("prompt_tokens_mean", "0.5", "row 9, prompt_tokens_mean: 0.5 is below 1"),
        ("prompt_tokens_std", "3", "3 is given without prompt_tokens_mean"),
        ("output_tokens_std", -1, "row 9, output_tokens_std: -1 is negative"),
        ("arrival_cv", "0", "row 9, arrival_cv: 0.0 is no variation of gaps"),
        ("base_model", [1], r"row 9, base_model: \[1\] is not a name"),
    ],
)
def test_every_wrong_value_is_named(
    kinds: AdapterKinds, column: str, value: Any, text: str
) -> None:
    kinds.kind("row 2", {"rank": "8"}, named=True)
    with pytest.raises(InputError, match=text):
        kinds.kind("row 9", {"rank": "8", column: value}, named=True)


def test_blank_fields_are_missing() -> None:
    assert all(map(is_missing, (None, "", " \t")))
    assert not any(map(is_missing, (0, "0", False, [])))
    assert optional_text("row 2", {"path": " a/b "}, "path", "") == "a/b"
    assert optional_text("row 2", {"path": " "}, "path", "usual") == "usual"
