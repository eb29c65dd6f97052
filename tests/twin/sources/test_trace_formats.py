"""Request logs in the formats that people have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.sources.trace_file import read_trace

Write = Callable[..., Path]

HEADER = "timestamp,prompt_tokens,output_tokens"
ENTRY = '{"timestamp": 0, "prompt_tokens": 5, "output_tokens": 6}'


def test_azure(log: Write) -> None:
    text = (
        "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
        "2023-11-16 18:17:03.9799600,4808,10\r\n"
        "2023-11-16 18:17:04.0319600,3180,8"
    )
    trace = read_trace(log(text))
    np.testing.assert_allclose(trace.times, [0, 0.052], atol=1e-9)
    assert trace.prompt_tokens.tolist() == [4808, 3180]


def test_mooncake_in_milliseconds(log: Write) -> None:
    rows = [
        {"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]},
        {"timestamp": 30535, "input_length": 6472, "output_length": 26, "hash_ids": [46]},
    ]
    trace = read_trace(log("\n".join(map(json.dumps, rows)) + "\n\n", "log.jsonl"))
    np.testing.assert_allclose(trace.times, [0, 3.053])
    assert trace.output_tokens.tolist() == [52, 26]
    trimmed = log("timestamp_ms,input_length,output_length,num_hash_ids\n0,5,6,1\n1500,7,8,1\n")
    np.testing.assert_allclose(read_trace(trimmed).times, [0, 1.5])


def test_json_lines_with_adapters_and_blank_lines(log: Write) -> None:
    rows = [
        {"timestamp": t, "prompt_tokens": 5, "output_tokens": 6.0, "adapter": name}
        for t, name in ((0, "x"), (2, 7))
    ]
    trace = read_trace(log("\n" + "\n\n".join(map(json.dumps, rows)), "log.ndjson"))
    assert trace.names == ("x", "7")
    np.testing.assert_allclose(trace.times, [0, 2])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-05-12 00:00:00", "2024-05-12 00:00:02.5"),
        ("2024-05-12T00:00:00Z", "2024-05-12T00:00:02.5Z"),
        ("2024-05-12 00:00:00+00:00", "2024-05-12 00:00:02.500000+00:00"),
        ("2024-05-12 02:00:00+02:00", "2024-05-12 00:00:02.5+00:00"),
        ("2024-05-12T00:00:00", "2024-05-12T00:00:02.5Z"),
        ("2024-05-11T23:00:00-01:00", "2024-05-12T00:00:02.5Z"),
        ("1715472000", "1715472002.5"),
    ],
)
def test_dates(log: Write, first: str, second: str) -> None:
    path = log(f"timestamp,prompt_tokens,output_tokens\n{first},1,1\n{second},1,1\n")
    np.testing.assert_allclose(read_trace(path).times, [0, 2.5])


def test_seconds_of_burstgpt_are_certain_however_few_requests_there_are(log: Write) -> None:
    text = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    rows = "".join(f"{i * 50},GPT-{3 + i % 2},5,6,11,API log\n" for i in range(400))
    assert read_trace(log(text + rows)).rate == pytest.approx(0.02)


def test_guidellm(log: Write) -> None:
    def request(start: float, **fields: object) -> dict[str, object]:
        times = {"request_start_time": 1_750_000_000 + start, "output_tokens": 6}
        return {"prompt_tokens": 5, "request_id": "x"} | times | fields

    requests = {
        "successful": [request(2.0), request(0.0)],
        "errored": [request(1.0, output_tokens=None, error="timeout")],
    }
    trace = read_trace(log(json.dumps({"benchmarks": [{"requests": requests}]}), "report.json"))
    np.testing.assert_allclose(trace.times, [0, 2], atol=1e-6)
    assert trace.num_failed == 1


HOSTILE = ["1" + "0" * 400, "1" + "0" * 5000, "1e308", "1e400", "NaN", "[]", "true", '"\\ud800"']


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("key", ["timestamp", "prompt_tokens", "output_tokens", "adapter"])
@pytest.mark.parametrize("shape", ["{}\n{}\n{}", "[{},{},{}]"])
def test_values_that_nothing_can_hold_are_one_line(
    log: Write, key: str, value: str, shape: str
) -> None:
    good = ENTRY[:-1] + ', "adapter": "a"}'
    bad = json.dumps({k: v for k, v in json.loads(good).items() if k != key})
    text = shape.replace("{}", "%s") % (good, f'{bad[:-1]}, "{key}": {value}}}', good)
    if (key, value) == ("adapter", HOSTILE[0]):
        return  # a name of 401 digits
    with pytest.raises(InputError) as error:
        read_trace(log(text, "log.json"))
    assert str(error.value).isprintable()


def test_burstgpt(log: Write) -> None:
    text = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    rows = [(5, "ChatGPT", 472, 18), (45, "GPT-4", 1087, 230), (118, "ChatGPT", 417, 0)]
    text += "".join(f"{t},{m},{p},{o},{p + o},Conversation log\n" for t, m, p, o in rows)
    trace = read_trace(log(text))
    np.testing.assert_allclose(trace.times, [0, 40])
    assert (trace.output_tokens.tolist(), trace.num_failed) == ([18, 230], 1)
    assert trace.names == ()


def test_aiperf_records(log: Write) -> None:
    def record(start: float, tokens: int, error: object = None) -> str:
        length = {"value": tokens, "unit": "tokens"}
        return json.dumps(
            {
                "metadata": {"request_start_ns": 1_750_000_000_000_000_000 + int(start * 1e9)},
                "metrics": {"input_sequence_length": length, "output_sequence_length": length},
                "error": error,
            }
        )

    failed = json.loads(record(1.5, 8, {"code": 504})) | {"metrics": {}}
    rows = [record(0, 7), record(2, 9), record(0.5, 8, {"code": 500}), json.dumps(failed)]
    trace = read_trace(log("\n".join(rows), "records.jsonl"))
    np.testing.assert_allclose(trace.times, [0, 2], atol=1e-6)
    assert (trace.prompt_tokens.tolist(), trace.num_failed) == ([7, 9], 2)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(log: Write, separator: str) -> None:
    text = "timestamp,prompt_tokens,output_tokens\n0,5,6\n2,7,8\n".replace(",", separator)
    assert read_trace(log(text)).prompt_tokens.tolist() == [5, 7]


def test_an_array_of_objects(log: Write) -> None:
    second = ENTRY.replace("0", "2", 1)
    assert len(read_trace(log(f"[{ENTRY},\n{second}]", "log.json"))) == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[{"id": 1, "conversations": [{"from": "human"}]}]', "ShareGPT: it has no times"),
        ('{"messages": [{"role": "user"}]}', "a set of conversations: it lacks times or lengths"),
        ('{"benchmarks": [{}], "args": {}}', "a GuideLLM report"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(log: Write, text: str, kind: str) -> None:
    with pytest.raises(InputError, match=f"this is {kind}"):
        read_trace(log(text, "log.json"))


WRONG_JSON = {
    "blank": ("\n\n", "it is empty"),
    "no JSON": ("{", "log.jsonl: it is not JSON"),
    "no JSON later": (f"{ENTRY}\n\n{ENTRY[:-1]}\n", "row 3: it is not JSON"),
    "two halves": (f'{ENTRY}\n{{"timestamp": 1\n"prompt_tokens": 5}}\n', "row 2: it is not JSON"),
    "no object": (f"{ENTRY}\n[1]\n", "row 2: [1] is no object"),
    "array of one": (f"[{ENTRY}]", "its 1 requests span no time"),
    "no value": ('{"a": {"b": [{"timestamp": 1}]}}', "hold nothing but lists and furth"),
    "key twice": (
        f'{ENTRY}\n{ENTRY[:-1]}, "timestamp": 1}}',
        "row 2: key 'timestamp' stands",
    ),
    "no array": (f"[{ENTRY}", "it is not JSON"),
    "array of others": (f"[{ENTRY}, 5]", "entry 2: 5 is no object"),
    "flag": (
        f"{ENTRY}\n{ENTRY.replace('5', 'true')}",
        "row 2, prompt_tokens: True is not a number",
    ),
    "missing later": (f'{ENTRY}\n{{"timestamp": 1}}\n', "row 2, output_tokens: None is not a n"),
    "null time": (f'{ENTRY}\n{{"prompt_tokens": 1}}\n', "row 2, timestamp: None is not a time"),
}


@pytest.mark.parametrize(("text", "problem"), WRONG_JSON.values(), ids=WRONG_JSON.keys())
def test_wrong_json(log: Write, text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        read_trace(log(text, "log.jsonl"))
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("name", "num_requests", "rate"),
    [
        ("azure2023/AzureLLMInferenceTrace_conv.csv", 19_366, 5.53),
        ("azure2023/AzureLLMInferenceTrace_code.csv", 8_819, 2.57),
        ("mooncake/conversation_trace_trimmed.csv", 12_031, 3.40),
        ("mooncake/synthetic_trace_trimmed.csv", 3_993, 3.91),
    ],
)
def test_public_traces(traces_dir: Path, name: str, num_requests: int, rate: float) -> None:
    trace = read_trace(traces_dir / name)
    assert len(trace) == num_requests
    assert trace.rate == pytest.approx(rate, abs=0.01)


def test_a_log_that_keeps_its_conversations_is_read(log: Write) -> None:
    rows = [
        {"created_at": t, "messages": [{"role": "user"}], "usage": {"prompt_tokens": 5}}
        for t in (0, 2)
    ]
    text = "\n".join(json.dumps(r).replace("5}", '5, "completion_tokens": 6}') for r in rows)
    assert read_trace(log(text, "log.jsonl")).output_tokens.tolist() == [6, 6]


@pytest.mark.parametrize("time", ["2025-03-04 09:15:00 AM", "2025-03-04 09:15:00,250"])
def test_what_follows_a_time_is_not_passed_over(log: Write, time: str) -> None:
    with pytest.raises(InputError, match=f"'{time}' is not a time"):
        read_trace(log(f'{HEADER}\n"{time}",1,1\n"{time}",1,1\n'))
