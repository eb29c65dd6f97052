"""Columns of a log, by their names."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.sources.trace_columns import TraceColumns, find_columns

HEADER = ["timestamp", "prompt_tokens", "output_tokens"]


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        ["TIMESTAMP", "ContextTokens", "GeneratedTokens"],
        ["arrival_time", "Request tokens", "Response-tokens"],
        ["request time", "INPUT_LENGTH", "output_length"],
    ],
)
def test_names_are_compared_however_they_are_written(header: list[str]) -> None:
    found = find_columns("log", header, TraceColumns())
    assert [found.timestamp, found.prompt_tokens, found.output_tokens] == header
    assert (found.adapter, found.status, found.doubtful) == ("", "", ())


def test_columns_that_may_name_adapters_are_doubtful_unless_one_is_known_to() -> None:
    header = [*HEADER, "base_model", "tenant"]
    assert find_columns("log", header, TraceColumns()).doubtful == ("base_model", "tenant")
    assert find_columns("log", header, TraceColumns(adapter="tenant")).doubtful == ()
    assert find_columns("log", header, TraceColumns(adapter="none")).doubtful == ()
    assert find_columns("log", [*header, "lora"], TraceColumns()).adapter == "lora"


def test_two_columns_for_one_role_are_asked_about() -> None:
    with pytest.raises(InputError, match=r"columns timestamp and arrival_time may both hold the"):
        find_columns("log", [*HEADER, "arrival_time"], TraceColumns())
    found = find_columns("log", [*HEADER, "arrival_time"], TraceColumns(timestamp="timestamp"))
    assert found.timestamp == "timestamp"


def test_a_status_is_known_or_given_or_there_is_none() -> None:
    assert find_columns("log", [*HEADER, "Error"], TraceColumns()).status == "Error"
    assert find_columns("log", [*HEADER, "Error"], TraceColumns(status="none")).status == ""
    assert find_columns("log", [*HEADER, "code"], TraceColumns(status="code")).status == "code"


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="'min' is not known"):
        TraceColumns(time_unit="min")  # type: ignore[arg-type]
