"""Tables that lack a column."""

from __future__ import annotations

from pathlib import Path

from twin.measured.near_tables import near_miss

KINDS = {"runs": tuple("abcdefg"), "loads": ("a", "b", "x", "y", "z"), "pairs": ("p", "q")}


def told(header: str) -> str:
    return str(near_miss(Path("t.csv"), set(header), KINDS) or "")


def test_the_nearest_kind_is_told_with_what_is_missing() -> None:
    assert told("abcdeg") == "t.csv, row 1: it lacks f for a table of runs; rename a column"
    assert "it lacks f, g for a table of runs" in told("abcde")
    assert "it lacks y, z for a table of loads" in told("abx")


def test_what_is_near_to_none_is_nothing() -> None:
    assert told("abcd") == told("ab") == told("uvw") == told("p") == ""


def test_of_equally_near_ones_all_are_told() -> None:
    kinds = {"ones": tuple("abcd"), "others": tuple("abce")}
    miss = near_miss(Path("t.csv"), set("abc"), kinds)
    assert "it lacks d for a table of ones or e for a table of others" in str(miss)
