"""Keys of results of vllm bench serve: how requests were sent."""

from __future__ import annotations

import math

import pytest

from tests.twin.measured.bench_files import RESULT
from twin.files.errors import InputError
from twin.measured.bench_client import BenchClient, RampUp
from twin.measured.bench_fields import BenchFields

DETAILS = {
    "num_prompts": 4,
    "completed": 3,
    "input_lens": [10, 20, 30, 40],
    "output_lens": [5, 0, 7, 8],
    "errors": ["", "Timeout", "", ""],
    "total_input_tokens": 80,
    "total_output_tokens": 20,
}


def client(**changes: object) -> BenchClient:
    return BenchFields(RESULT | changes, "bench.json").client()


def test_a_client_that_only_has_a_rate() -> None:
    assert client() == BenchClient(1000, 4.0)
    assert client(burstiness=None, max_concurrency=None, failed=0) == BenchClient(1000, 4.0)


def test_how_it_sent() -> None:
    assert client(burstiness=0.3, max_concurrency=16) == BenchClient(1000, 4.0, 0.3, 16)
    assert client(burstiness=math.inf).burstiness == math.inf
    assert client(request_rate="inf", max_concurrency=16).rate == math.inf
    assert client(max_concurrency=1000).max_concurrency == 0


def test_a_ramp_has_the_mean_rate_of_its_requests() -> None:
    ramp = {"ramp_up_strategy": "linear", "ramp_up_start_rps": 2, "ramp_up_end_rps": 6}
    linear = client(request_rate="inf", **ramp)
    assert linear.ramp_up == RampUp(2.0, 6.0, exponential=False)
    assert linear.rate == pytest.approx(4 / math.log(3), rel=1e-2)
    exponential = client(request_rate="inf", **ramp | {"ramp_up_strategy": "exponential"})
    assert exponential.ramp_up == RampUp(2.0, 6.0, exponential=True)


def test_requests_that_failed_are_as_if_they_had_not_been_sent() -> None:
    sent = client(num_prompts=1250, request_rate=5.0)
    assert (sent.num_requests, sent.rate, sent.sending_time) == (1000, 4.0, 250.0)
    assert client(num_prompts=None, failed=250, request_rate=5.0) == sent


def test_a_data_set_that_is_shorter_than_asked_for_has_no_failures() -> None:
    assert client(num_prompts=1500, failed=0) == client()


def test_details_of_the_requests_that_were_answered() -> None:
    recorded = client(**DETAILS).recorded
    assert recorded is not None
    assert (recorded.prompt_tokens, recorded.output_tokens) == ((10, 30, 40), (5, 7, 8))
    assert recorded.starts == ()
    without_errors = {key: value for key, value in DETAILS.items() if key != "errors"}
    assert client(**without_errors).recorded == recorded


def test_starts_that_were_recorded_give_the_order() -> None:
    starts = {"start_times": [103.5, 1.0, 101.0, 102.0]}
    recorded = client(**DETAILS, **starts).recorded
    assert recorded is not None
    assert recorded.starts == (0.0, 1.0, 2.5)
    assert recorded.prompt_tokens == (30, 40, 10)
    bounded = client(**DETAILS, **starts, max_concurrency=2).recorded
    assert bounded is not None
    assert bounded.starts == ()  # the client held them back


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"burstiness": 0}, "key burstiness: 0 is not positive"),
        ({"burstiness": 1e-320}, "key burstiness: 9.99989e-321 is next to 0; 0.001 or more"),
        ({"burstiness": math.nan}, "key burstiness: nan is not a number"),
        ({"request_rate": 1e18}, "key request_rate: 1e.18 is no rate of requests per second"),
        ({"max_concurrency": 2.5}, "key max_concurrency: 2.5 is no whole number"),
        ({"max_concurrency": -1}, "key max_concurrency: -1 is no whole number"),
        ({"ramp_up_strategy": "stairs"}, "'stairs' is not known; linear or exponential"),
        ({"ramp_up_strategy": "linear"}, "key ramp_up_start_rps: None is not a number"),
        (
            {"ramp_up_strategy": "linear", "ramp_up_start_rps": 1, "ramp_up_end_rps": 1e-300},
            "key ramp_up_end_rps: 1e-300 is no rate",
        ),
        ({"num_prompts": 10**12}, "key num_prompts: 1e.12 requests were sent; up to 10000000"),
        (DETAILS | {"output_lens": 5}, "key output_lens: 5 is no array"),
        (DETAILS | {"errors": [""]}, "key errors: it has 1 values, and input_lens has 4"),
        (DETAILS | {"completed": 4}, "completed: 4, but 3 requests have an answer"),
        (DETAILS | {"input_lens": [1, 1, "x", 1]}, r"input_lens\[2\]: 'x' is not a number"),
        (DETAILS | {"input_lens": [10, 9, -30, 40]}, r"input_lens\[2\]: -30 is no number of tok"),
        (DETAILS | {"output_lens": [5, 0, 7, 8.5]}, r"output_lens\[3\]: 8.5 is no number of tok"),
        (DETAILS | {"total_input_tokens": 90}, "80 tokens in all, and total_input_tokens is 90"),
        (
            DETAILS | {"start_times": [0, 1, 2, 300]},
            "start_times: the last request starts 300 s after the first, of a duration of 260 s",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        client(**changes)
