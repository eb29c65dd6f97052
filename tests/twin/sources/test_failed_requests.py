"""Which requests failed, by columns that tell."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.sources.failed_requests import find_failed, is_failure


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("status", ["200", 204, "ok", "Success", "302"], ["429", 500, "failed", "timeout"]),
        ("Error", ["", None, "none", "false", "0"], ["connection refused", "True"]),
        ("success", ["true", True, "1", "yes"], [False, "0", "No"]),
        ("is_succeeded", ["true"], ["false"]),
        ("error_message", ["", "null"], ["CUDA out of memory"]),
        ("has failed", ["false", 0, ""], ["True", 1]),
        ("finish_reason", ["stop", "length"], ["abort", "error"]),
    ],
)
def test_what_each_column_says(column: str, good: list[object], bad: list[object]) -> None:
    values = [*good, *bad]
    failed = find_failed("log", column, range(2, 2 + len(values)), values)
    assert failed.tolist() == [False] * len(good) + [True] * len(bad)


@pytest.mark.parametrize(
    ("column", "value"), [("status", "odd"), ("status", "7"), ("success", "")]
)
def test_what_is_not_known_is_asked_for(column: str, value: str) -> None:
    with pytest.raises(InputError, match=rf"log, row 9, {column}: .* is not known; status=none"):
        find_failed("log", column, [9], [value])


def test_words_for_failures() -> None:
    assert all(map(is_failure, ("abort", " Timeout ", "errored")))
    assert not any(map(is_failure, ("stop", "length", "", None, 500)))
