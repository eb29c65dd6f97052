"""Texts and plain data become numbers and names, or one clear error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.files.field_value import check_columns, to_name, to_number, to_positive
from twin.workload.rank import to_rank


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1.5", 1.5),
        (" 2 ", 2.0),
        ("-3e2", -300.0),
        (".5", 0.5),
        ("4.", 4.0),
        (7, 7.0),
        (-0.5, -0.5),
    ],
)
def test_numbers(value: object, number: float) -> None:
    assert to_number("here", value, "a number") == number


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e299, min_value=-1e299))
def test_every_finite_number_is_read_as_it_was_written(value: float) -> None:
    assert to_number("here", repr(value), "a number") == value
    assert to_number("here", value, "a number") == value


@pytest.mark.parametrize(
    "value",
    ["", "x", "1,5", "0x10", "1_000", "nan", "inf", "1e999", "٣", "1 2"],
)
def test_texts_that_are_no_numbers(value: str) -> None:
    with pytest.raises(InputError) as error:
        to_number("a.csv, row 2, column rate", value, "a positive number")
    message = f"a.csv, row 2, column rate: {value!r} is not a number; a positive number"
    assert str(error.value) == message


@pytest.mark.parametrize(
    "value", [None, True, [], float("nan"), float("inf"), 10**400, b"1", 1 + 0j]
)
def test_values_that_are_no_numbers(value: object) -> None:
    with pytest.raises(InputError, match="is not a number"):
        to_number("here", value, "a number")


@pytest.mark.parametrize("value", ["0", 0, -1, "-1e-9", "0.0"])
def test_not_positive(value: object) -> None:
    with pytest.raises(InputError, match="is not positive; a positive number"):
        to_positive("here", value)


def test_positive() -> None:
    assert to_positive("here", "1e-9") == 1e-9


@pytest.mark.parametrize("value", [1, "8", "16.0", 512])
def test_ranks(value: object) -> None:
    assert to_rank("here", value) == int(float(str(value)))
    assert isinstance(to_rank("here", value), int)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0, "rank 0 is not accepted by vLLM"),
        ("513", "rank '513' is not accepted by vLLM"),
        (8.5, "8.5 is not a whole number"),
        ("x", "'x' is not a number"),
    ],
)
def test_refused_ranks(value: object, problem: str) -> None:
    with pytest.raises(InputError) as error:
        to_rank("here", value)
    assert str(error.value) == f"here: {problem}; a whole number from 1 to 512"


@pytest.mark.parametrize(
    ("value", "name"), [("a", "a"), ("  b c ", "b c"), (12, "12"), ("ä", "ä")]
)
def test_names(value: object, name: str) -> None:
    assert to_name("here", value) == name


@pytest.mark.parametrize("value", ["", "  ", None, True, 1.5, "a\nb", "\x00", []])
def test_refused_names(value: object) -> None:
    with pytest.raises(InputError, match="is not a name; give a text that is not empty"):
        to_name("here", value)


def test_columns_that_are_accepted() -> None:
    check_columns("here", ["a", "c"], required=["a"], accepted=["a", "b", "c"])
    check_columns("here", ["a", "anything", "anything"], required=["a"])


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda: check_columns("f", ["nmae"], ["name"], ["name", "rank"]),
            "f: unknown column 'nmae'; did you mean 'name'? accepted: name, rank",
        ),
        (
            lambda: check_columns("f", ["zzz"], ["name"], ["name", "rank"]),
            "f: unknown column 'zzz'; accepted: name, rank",
        ),
        (
            lambda: check_columns("f", ["rank", "rank"], [], ["rank"]),
            "f: column 'rank' appears twice; rename one",
        ),
        (
            lambda: check_columns("f", ["rank"], ["name", "rank"]),
            "f: column 'name' is missing; needed: name, rank",
        ),
    ],
)
def test_refused_columns(check: Callable[[], None], message: str) -> None:
    with pytest.raises(InputError) as error:
        check()
    assert str(error.value) == message
