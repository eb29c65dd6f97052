"""JSON as it is decoded everywhere, and keys that stand twice."""

from __future__ import annotations

import json
import math

import pytest

from twin.files.json_objects import JsonError, decode_json


@pytest.mark.parametrize(
    "text", ["5", '"a"', "null", "[]", "{}", '{"a": [{"a": 1}, {"a": {"a": 2}}], "b": 1e3}']
)
def test_content_is_that_of_any_decoder(text: str) -> None:
    assert decode_json(text) == json.loads(text)
    assert math.isnan(decode_json("[NaN]")[0])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"rank": 8, "rank": 16}', "key 'rank' stands twice in one object, {\"rank\": 16}"),
        ('[{"a": {"name": "x", "b": 1, "b": 1}}]', "key 'b' stands twice in one object"),
        ('{"a": 1, "\\u0061": 2}', "key 'a' stands twice in one object"),
        ('{"\\ud800": 1, "\\ud800": 2}', "key '\\ud800' stands twice in one object"),
        (f'{{"{"k" * 99}": 1, "{"k" * 99}": 2}}', f"key '{'k' * 60}' stands twice"),
        ("{", "it is not JSON (Expecting property name"),
        ('{"a": 1} {"a": 2}', "it is not JSON (Extra data"),
        ("1" * 5000, "it is not JSON (Exceeds the limit"),
        ("[" * 100_000, "it is nested too deep"),
        ('{"a":' * 100_000, "it is nested too deep"),
    ],
)
def test_what_is_refused_says_why(text: str, problem: str) -> None:
    with pytest.raises(JsonError) as error:
        decode_json(text)
    assert str(error.value).startswith(problem)
