"""Fields of a row: what an empty one is, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from twin.files.errors import InputError
from twin.measured.row_fields import RowFields

FIELDS = RowFields(
    {
        "empty": "",
        "half": "0.5",
        "two": " 2 ",
        "one": "1",
        "minus": "-3",
        "word": "long",
        "pairs": "8:2;16:1;8:1;",
        "wrong": "8:1.5",
    },
    "runs.csv, row 2",
)


@pytest.mark.parametrize("column", ["empty", "absent"])
def test_an_empty_column_is_as_one_that_is_not_there(column: str) -> None:
    assert math.isnan(FIELDS.number(column))
    assert math.isnan(FIELDS.first(column))
    assert FIELDS.text(column, "usual") == "usual"
    assert FIELDS.whole(column, 7) == 7
    assert not FIELDS.flag(column)
    assert FIELDS.counts(column) == {}
    assert FIELDS.choice(column, ("a", "b"), "b") == "b"


def test_a_switch_is_on_off_or_not_told() -> None:
    told = [RowFields({"x": text}, "t").switch("x") for text in ("1", "0", "")]
    assert told == [True, False, None]
    with pytest.raises(InputError, match="column x: 2 is neither 0 nor 1"):
        RowFields({"x": "2"}, "t").switch("x")


def test_values() -> None:
    assert FIELDS.text("word") == "long"
    assert FIELDS.whole("two") == 2
    assert FIELDS.flag("one")
    with pytest.raises(InputError, match="column two: 2 is neither 0 nor 1"):
        FIELDS.flag("two")
    assert FIELDS.first("empty", "half", "two") == 0.5
    assert FIELDS.seconds("empty", "two") == 0.002
    assert FIELDS.counts("pairs") == {8: 3, 16: 1}


def test_ranks_are_whole() -> None:
    assert FIELDS.ranks("pairs") == {8: 3, 16: 1}
    with pytest.raises(InputError, match=r"column x: 8\.5 is no rank; whole numbers"):
        RowFields({"x": "8.5:1"}, "t").ranks("x")


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: FIELDS.number("word"), "column word: 'long' is not a number"),
        (lambda: FIELDS.number("minus"), "column minus: -3 is negative; 0 or more"),
        (lambda: FIELDS.whole("half"), "column half: 0.5 is not a whole number"),
        (lambda: FIELDS.counts("wrong"), "column wrong: '8:1.5' is not a positive value and"),
        (lambda: FIELDS.choice("word", ("ok",), "ok"), "column word: 'long'; accepted: ok"),
    ],
)
def test_errors_name_the_column(read: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as error:
        read()
    assert str(error.value).startswith(f"runs.csv, row 2, {words}")
