"""Columns of a log, by their names."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.sources.trace_columns import TraceColumns, find_columns, is_request, looks_meant

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


@pytest.mark.parametrize(
    "name",
    [
        "Arrival Time (ms)",
        "start_time_ns",
        "time_us",
        "created_at",
        "arrivalTime",
        "Timestamp (s)",
    ],
)
def test_times_are_known_with_a_unit_too(name: str) -> None:
    assert find_columns("log", [name, *HEADER[1:]], TraceColumns()).timestamp == name


@pytest.mark.parametrize("name", ["adapterName", "LoRA ID", "lora-adapter-name", "Adapter"])
def test_adapters_however_they_are_written(name: str) -> None:
    assert find_columns("log", [*HEADER, name], TraceColumns()).adapter == name


def test_columns_that_may_tell_failures_are_doubtful_unless_one_is_known_to() -> None:
    header = [*HEADER, "error_message", "has_failed", "user"]
    doubtful = find_columns("log", header, TraceColumns()).doubtful_status
    assert doubtful == ("error_message", "has_failed")
    assert find_columns("log", header, TraceColumns(status="none")).doubtful_status == ()
    assert find_columns("log", [*header, "statusCode"], TraceColumns()).status == "statusCode"
    assert find_columns("log", [*header, "status"], TraceColumns()).doubtful_status == ()


def test_formats_tell_the_unit_and_the_order() -> None:
    burstgpt = ["Timestamp", "Model", "Request tokens", "Response tokens", "Log Type"]
    mooncake = ["timestamp", "input_length", "output_length"]
    lengths = [f"metrics.{side}_sequence_length.value" for side in ("input", "output")]
    aiperf = ["metadata.request_start_ns", *lengths]
    found = [find_columns("log", h, TraceColumns()) for h in (burstgpt, mooncake, HEADER, aiperf)]
    assert [f.usual_unit for f in found] == ["s", "ms", None, None]
    assert [f.any_order for f in found] == [False, False, False, True]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("adapter", True), ("tenantId", True), ("errorText", True), ("Prompt Tokens", True)),
        *(("hash_ids", False), ("chat_id", False), ("user", False)),
    ],
)
def test_names_that_look_meant(name: str, meant: bool) -> None:
    assert looks_meant(name) is meant


def test_odd_names_are_shown_in_one_line() -> None:
    with pytest.raises(InputError, match=r"it has 'a\\nb', 'c\\x00'"):
        find_columns("log", ["a\nb", "c\x00"], TraceColumns())


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


@pytest.mark.parametrize(
    "name",
    [
        "ok",
        "State",
        "is_cancelled",
        "aborted",
        "timed_out",
        "timeout",
        "result",
        "valid",
        "exit_code",
    ],
)
def test_other_words_for_failures_are_asked_about(name: str) -> None:
    header = ["timestamp", "prompt_tokens", "output_tokens", name]
    assert find_columns("log", header, TraceColumns()).doubtful_status == (name,)


@pytest.mark.parametrize("name", ["peft", "peft_name", "customer_id", "Variant", "deployment"])
def test_other_words_for_adapters_are_asked_about(name: str) -> None:
    header = ["timestamp", "prompt_tokens", "output_tokens", name]
    assert find_columns("log", header, TraceColumns()).doubtful == (name,)


def test_what_a_log_needs() -> None:
    assert is_request(["created", "usage.prompt_tokens", "usage.completion_tokens", "messages"])
    assert not is_request(["created", "usage.prompt_tokens"])
    assert not is_request([])


def test_a_missing_column_comes_with_the_option_that_names_it() -> None:
    with pytest.raises(InputError, match=r"timestamp=NAME .* workload\.columns\.timestamp=\.\.\."):
        find_columns("log", ["when", *HEADER[1:]], TraceColumns())
