"""Objects of logs in JSON: lines, arrays, reports, and what is none of them."""

from __future__ import annotations

import json

import pytest

from twin.files.errors import InputError
from twin.sources.json_entries import CHUNK, json_batches


def entries(text: str) -> dict[int, dict[str, object]]:
    """Objects by their number."""
    batches = json_batches("log.json", text)
    return {n: e for batch in batches for n, e in zip(*batch, strict=True)}


def test_lines_and_arrays_have_their_numbers() -> None:
    assert entries('\n{"a": 1}\n\n{"b": 2}\n') == {2: {"a": 1}, 4: {"b": 2}}
    assert entries('[{"a": 1},\n\n{"b": 2}]') == {1: {"a": 1}, 2: {"b": 2}}
    assert list(entries("[" + ", ".join(["{}"] * (CHUNK + 5)) + "]")) == [*range(1, CHUNK + 6)]


def test_objects_within_objects_are_flat_and_lists_are_left_out() -> None:
    entry = {"a": {"b": {"c": 1, "d": [1]}, "e": [2]}, "hash_ids": [3], "error": {"code": 5}}
    assert entries(json.dumps(entry)) == {1: {"a.b.c": 1, "error": "{'code': 5}"}}
    deep = {"a": {"b": {"c": {"d": {"e": 1}}}, "f": 2}}
    assert entries(json.dumps(deep)) == {1: {"a.f": 2}}


def report(*benchmarks: object, **layout: int) -> str:
    return json.dumps({"args": {}, "benchmarks": benchmarks}, **layout)  # type: ignore[arg-type]


def request(start: float, **fields: object) -> dict[str, object]:
    return {"start_time": start, "prompt_tokens": 5, "output_tokens": 6} | fields


@pytest.mark.parametrize("layout", [{}, {"indent": 1}])
def test_requests_of_a_guidellm_report_come_in_order_with_their_status(
    layout: dict[str, int],
) -> None:
    requests = {
        "successful": [request(3.5), request(1.5)],
        "errored": [request(2.5, output_tokens=None, error="timeout")],
        "incomplete": [],
    }
    found = entries(report({"requests": requests}, **layout))
    assert [entry["start_time"] for entry in found.values()] == [1.5, 2.5, 3.5]
    assert [entry["status"] for entry in found.values()] == ["successful", "errored", "successful"]
    assert "error" not in found[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (report({}, {}), "this is a GuideLLM report of 2 benchmarks, each with a rate of its own"),
        (report(), "this is a GuideLLM report without requests"),
        (report({"requests": {"successful": []}}), "this is a GuideLLM report without requests"),
        (report({"requests": {"successful": [5]}}), "5 is no request; objects only"),
        ('{"a": 1}\n5', "row 2: 5 is no object"),
        ('{"a": 1}\n{"a":', "row 2: it is not JSON"),
        ('{"a":', "it is not JSON (Expecting value"),
        ("5", "5 is no object"),
        ('{"a": 1}\n{"b": 1, "a": 2, "a": 3}', "row 2: key 'a' stands twice in one object"),
        ('[{"b": 1, "a": 2, "a": 3}]', "log.json: key 'a' stands twice in one object"),
        ("[5]", "entry 1: 5 is no object"),
        ("[{}", "it is not JSON"),
        ("[" * 100_000, "it is nested too deep"),
        ('{"a": 1}\n{"a": ' + "[" * 100_000, "row 2: it is nested too deep"),
        (f'{{"a": 1}}\n{{"a": {"1" * 5000}}}', "row 2: it is not JSON (Exceeds the limit"),
        (f'[{{"a": {"1" * 5000}}}]', "it is not JSON (Exceeds the limit"),
        ('{"adapter": ["x"]}', "key adapter: it is a list, ['x']; one value"),
        ('{"conversations": [{"from": "human"}]}', "this is ShareGPT: it has no times"),
        ('{"meta": {"lora_name": ["x"]}}', "key meta.lora_name: it is a list"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        entries(text)
    assert words in str(error.value)
