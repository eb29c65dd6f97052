"""Which requests failed, by columns that tell."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.sources.failed_requests import find_failed, is_failure, tells_failures


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("status", ["200", 204, "ok", "Success", "302"], ["429", 500, "failed", "timeout"]),
        ("Error", ["", None, "none", "false", "0"], ["connection refused", "True"]),
        ("success", ["true", True, "1", "yes"], [False, "0", "No"]),
        ("is_succeeded", ["true", "Y", "ok"], ["false", "n", "Failed"]),
        ("error_message", ["", "null"], ["CUDA out of memory"]),
        ("has failed", ["false", 0, ""], ["True", 1]),
        ("finish_reason", ["stop", "length"], ["abort", "error"]),
        ("status", ["200 OK", "HTTP 204", "HTTP/1.1 200 OK", 200.0], ["503 Service Unavailable"]),
        ("error", ["N/A", "OK", "200", [], "Success"], ["500", "7", "N/A: no such model"]),
    ],
)
def test_what_each_column_says(column: str, good: list[object], bad: list[object]) -> None:
    values = [*good, *bad]
    failed = find_failed("log", column, range(2, 2 + len(values)), values)
    assert failed.tolist() == [False] * len(good) + [True] * len(bad)


@pytest.mark.parametrize(
    ("column", "value"),
    [("status", "odd"), ("status", "7"), ("success", ""), ("status", "200x"), ("status", "2000")],
)
def test_what_is_not_known_is_asked_for(column: str, value: str) -> None:
    with pytest.raises(InputError, match=rf"log, row 9, {column}: .* is not known; status=none"):
        find_failed("log", column, [9], [value])


def test_words_for_failures() -> None:
    assert all(map(is_failure, ("abort", " Timeout ", "errored")))
    assert not any(map(is_failure, ("stop", "length", "", None, 500)))


@pytest.mark.parametrize(
    ("values", "tell"),
    [
        ({"DEFAULT", "ERROR"}, True),
        ({"200", "429"}, True),
        ({"200", "204"}, False),
        ({"500"}, False),  # nothing differs
        ({"200", "201", "317"}, False),  # a number of something
        ({"a", "b"}, False),
        ({"error", *map(str, range(50))}, False),  # texts of all kinds
    ],
)
def test_values_that_tell_failures_whatever_they_are_called(values: set[str], tell: bool) -> None:
    assert tells_failures(values) is tell
