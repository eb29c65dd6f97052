"""Requests in a list within one object, and objects that hold something else."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.sources.listed_requests import listed_requests
from twin.sources.trace_file import read_trace

REQUESTS = [{"timestamp": i / 2, "prompt_tokens": 9, "output_tokens": 8} for i in range(20)]


@pytest.mark.parametrize("key", ["requests", "records", "data", "my export"])
@pytest.mark.parametrize("layout", [None, 1])
def test_a_log_that_stands_under_a_key_is_read(
    tmp_path: Path, key: str, layout: int | None
) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"object": "list", key: REQUESTS, "errors": []}, indent=layout))
    trace = read_trace(path)
    assert (len(trace), trace.rate) == (20, 2.0)


def test_what_is_not_read_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert listed_requests("log.json", {"version": 1, "rows": REQUESTS, "a\nb": 2}) == REQUESTS
    assert caplog.messages == [
        "log.json: its requests are those under rows; not read: version, 'a\\nb'"
    ]


def test_an_object_without_lists_is_a_request() -> None:
    assert listed_requests("x", {"timestamp": 1, "hash_ids": [1]})[0] == {
        "timestamp": 1,
        "hash_ids": [1],
    }


@pytest.mark.parametrize(
    ("whole", "problem"),
    [
        ({"a": REQUESTS, "b": REQUESTS}, "it is one object with lists under a, b; an array of"),
        ({"timestamp": [1, 2], "output_tokens": [3, 4]}, "lists of values under timestamp, outp"),
        ({"time_unit": "ms", "requests": REQUESTS}, "key time_unit: 'ms' beside the requests is"),
    ],
)
def test_what_is_refused_says_what_was_found(whole: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError) as error:
        listed_requests("log.json", whole)
    assert problem in str(error.value)
