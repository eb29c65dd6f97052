"""Reports of GuideLLM as requests of a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.twin.measured.client_files import EPOCH, entry
from twin.files.errors import InputError
from twin.measured.client_records import ClientRecords
from twin.measured.guidellm_report import guidellm_records, is_guidellm


def benchmark(requests: object, strategy: object = None, **changes: object) -> dict[str, Any]:
    return {"requests": requests, "config": {"strategy": strategy}} | changes


def read(*benchmarks: object) -> list[ClientRecords]:
    return guidellm_records("r.json", {"benchmarks": list(benchmarks)})


def test_a_report_is_told_by_its_benchmarks() -> None:
    assert is_guidellm({"benchmarks": []})
    assert not is_guidellm({"benchmarks": 5})
    assert not is_guidellm([])


def test_requests_in_the_order_in_which_they_were_sent() -> None:
    requests = {
        "successful": [entry(2.0), entry(1.0)],
        "errored": [{}],
        "incomplete": [entry(3.0)],
    }
    (found,) = read(benchmark(requests))
    assert [record.sent - EPOCH for record in found.answered] == [1.0, 2.0]
    first = found.answered[0]
    assert (first.first_token - first.sent, first.finish - first.sent) == (0.25, 2.0)
    assert (first.prompt_tokens, first.output_tokens, first.adapter) == (7, 8, "law")
    assert (found.num_failed, found.cut) == (1, (EPOCH + 3.0,))


@pytest.mark.parametrize("arguments", [None, "no JSON", "[]", '{"body": null}', '{"body": {}}'])
def test_what_a_request_was_sent_to_may_not_be_kept(arguments: str | None) -> None:
    (found,) = read(benchmark({"successful": [entry(0.0, request_args=arguments)]}))
    assert found.answered[0].adapter is None


@pytest.mark.parametrize(
    ("strategy", "streams"),
    [
        ({"type_": "synchronous"}, 1),
        ({"type_": "concurrent", "streams": 8}, 8),
        ({"type_": "poisson", "rate": 5.0, "max_concurrency": None}, 0),
        ({"type_": "constant", "rate": 5.0, "max_concurrency": 9}, None),
        ({"type_": 5}, None),
        (None, None),
    ],
)
def test_streams(strategy: object, streams: int | None) -> None:
    assert read(benchmark({"successful": [entry(0.0)]}, strategy))[0].streams == streams


NO_STREAMS = {"type_": "concurrent", "streams": "many"}
SAMPLED = {"requests_made": {"total": 3}}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (5, "r.json: it has no requests"),
        ({"requests": None}, "r.json: it has no requests"),
        (benchmark({"successful": 5}), "requests.successful: it is no list of objects"),
        (benchmark({"successful": [5]}), "requests.successful: it is no list of objects"),
        (benchmark({"successful": [entry(0.0)]}, NO_STREAMS), "'many' is no number of streams"),
        (
            benchmark({"successful": [entry(0.0)]}, scheduler_metrics=SAMPLED),
            r"1 of 3 requests are in it; a report of all of them \(its sample_size\)",
        ),
        *(
            (benchmark({"successful": [entry(0.0, **{key: None})]}), f"request 1, {key}: ")
            for key in entry(0.0)
            if key != "request_args"
        ),
        (
            benchmark({"successful": [entry(0.0, time_to_first_token_ms=None)]}),
            "it is missing; a report of requests that were streamed",
        ),
        (benchmark({"successful": [entry(0.0, output_tokens=0)]}), "0 is no number of tokens"),
        (benchmark({"successful": [entry(0.0, request_end_time=5)]}), "times in this order"),
    ],
)
def test_what_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(wrong)
    with pytest.raises(InputError, match="benchmark 2"):
        read(benchmark({"successful": [entry(0.0)]}), wrong)
