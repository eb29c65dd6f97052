"""Values from a configuration file against annotated parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest

from placer.console.parameter_types import describe_type, fits_type


class Color(StrEnum):
    red = "red"
    blue = "blue"


class Other:
    pass


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (3, int),
        (3, float),
        (2.5, float | None),
        (None, float | None),
        ("a", str),
        (True, bool),
        ("red", Color),
        ("x", Literal["x", "y"]),
        ([1, 2], tuple[int, ...]),
        ([1, "b"], tuple[int, str]),
        ([1], Sequence[int]),
        ([1], list[int]),
        ({"a": 1}, Mapping[str, int]),
        ({"a": 1}, dict[str, int]),
        (3, Annotated[int, "ranks"]),
        (object(), Other),
        ("whatever", Any),
    ],
)
def test_accepted(value: object, hint: object) -> None:
    assert fits_type(value, hint)


@pytest.mark.parametrize(
    ("value", "hint", "words"),
    [
        ("abc", int, "an integer"),
        (2.5, int, "an integer"),
        (True, int, "an integer"),
        (True, float, "a number"),
        ("abc", float | None, "a number or null"),
        (1, bool, "true or false"),
        (1, str, "a text"),
        ("green", Color, "red or blue"),
        ("z", Literal["x", "y"], "x or y"),
        ([], Color, "red or blue"),
        (5, Other, "a mapping whose _target_ makes a Other"),
        (None, Other, "a mapping whose _target_ makes a Other"),
        ([5], Sequence[Other], "a list, each a mapping whose _target_ makes a Other"),
        (["a"], tuple[int, ...], "a list, each an integer"),
        (3, list[float], "a list, each a number"),
        (3, tuple[int, str], "a list"),
        (3, dict[str, int], "a mapping of a text to an integer"),
        ("a", Annotated[int, "ranks"], "an integer"),
    ],
)
def test_refused_with_words(value: object, hint: object, words: str) -> None:
    assert not fits_type(value, hint)
    assert describe_type(hint) == words
