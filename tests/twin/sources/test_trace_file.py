"""Request logs: what is read, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.files.errors import InputError, ToolkitWarning
from twin.sources.trace_columns import TraceColumns
from twin.sources.trace_file import read_trace

Write = Callable[..., Path]

HEADER = "timestamp,prompt_tokens,output_tokens"
ENTRY = '{"timestamp": 0, "prompt_tokens": 5, "output_tokens": 6}'


def test_plain_columns(log: Write) -> None:
    trace = read_trace(log("timestamp,prompt_tokens,output_tokens\n5,10,3\n5.5,20,4\n9,30,5\n"))
    np.testing.assert_allclose(trace.times, [0, 0.5, 4])
    assert trace.prompt_tokens.tolist() == [10, 20, 30]
    assert trace.output_tokens.tolist() == [3, 4, 5]
    assert trace.prompt_tokens.dtype == np.int32
    assert (trace.adapter, trace.names) == (None, ())
    assert (len(trace), trace.span, trace.rate) == (3, 6.0, 0.5)


def test_adapters_in_the_log(log: Write) -> None:
    text = "adapter,timestamp,prompt_tokens,output_tokens,user\nb,0,1,1,x\na,1,1,1,y\nb,2,1,1,z\n"
    trace = read_trace(log(text))
    assert trace.names == ("b", "a")
    assert trace.adapter is not None
    assert trace.adapter.tolist() == [0, 1, 0]


def test_given_columns_and_unit(log: Write) -> None:
    path = log("when,in,out,who,timestamp\n1000,5,6,a,x\n1500,7,8,b,x\n")
    trace = read_trace(path, TraceColumns("when", "in", "out", "who", "us"))
    np.testing.assert_allclose(trace.times, [0, 0.0005])
    assert trace.names == ("a", "b")


def test_prompts_of_zero_count_as_one_and_requests_without_an_answer_as_failed(log: Write) -> None:
    path = log("timestamp,prompt_tokens,output_tokens\n0,0,5\n1,5,0\n2,5,7\n")
    with pytest.warns(ToolkitWarning, match="prompt_tokens: 1 of 2 prompts have 0 tokens, which"):
        trace = read_trace(path)
    assert trace.prompt_tokens.tolist() == [1, 5]
    assert trace.output_tokens.tolist() == [5, 7]
    np.testing.assert_allclose(trace.times, [0, 2])
    assert trace.num_failed == 1
    assert trace.describe() == (
        "2 requests in 4 s, 0.5 requests/s, which name no adapter; 1 that failed are left out"
    )


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [("status", "200", "429"), ("error", "", "timed out"), ("success", "True", "False")],
)
def test_requests_that_failed_are_left_out(log: Write, column: str, good: str, bad: str) -> None:
    rows = "".join(f"{i},5,6,{bad if i == 1 else good}\n" for i in range(4))
    path = log(f"timestamp,prompt_tokens,output_tokens,{column}\n{rows}")
    assert (len(read_trace(path)), read_trace(path).num_failed) == (3, 1)
    assert len(read_trace(path, TraceColumns(status="none"))) == 4


def test_adapters_all_of_whose_requests_failed_are_said(
    log: Write, caplog: pytest.LogCaptureFixture
) -> None:
    rows = "0,1,0,x\n1,1,1,a\n2,1,0,a\n3,1,1,b\n"
    with caplog.at_level("INFO", "twin.sources.trace_file"):
        trace = read_trace(log(f"{HEADER},adapter\n{rows}"))
    assert (trace.names, trace.num_failed) == (("a", "b"), 2)
    assert "log.csv: all requests of x failed" in caplog.text


def test_a_column_that_may_tell_failures_is_asked_about(log: Write) -> None:
    path = log(f"{HEADER},error_text\n0,1,1,\n1,1,1,timed out\n2,1,1,\n")
    with pytest.raises(InputError, match=r"'error_text' may tell which .*status=error_text, or"):
        read_trace(path)
    assert len(read_trace(path, TraceColumns(status="error_text"))) == 2
    assert len(read_trace(path, TraceColumns(status="none"))) == 3


def test_reasons_are_asked_about_where_one_is_a_failure(log: Write) -> None:
    rows = "0,1,1,stop\n1,1,1,length\n2,1,1,stop\n"
    assert len(read_trace(log(f"{HEADER},finish_reason\n{rows}"))) == 3
    path = log(f"{HEADER},finish_reason\n{rows}3,1,1,abort\n")
    with pytest.raises(InputError, match="'finish_reason' may tell which requests failed"):
        read_trace(path)
    assert len(read_trace(path, TraceColumns(status="finish_reason"))) == 3


def test_a_log_of_failures_only_is_refused(log: Write) -> None:
    with pytest.raises(InputError, match="all of its 2 requests failed"):
        read_trace(log(f"{HEADER}\n0,1,0\n1,1,0\n"))


def test_adapters_by_other_names(log: Write) -> None:
    for column in ("Adapter", "lora_name", "LoRA-ID"):
        path = log(f"{HEADER},{column}\n0,1,1, b \n1,1,1,a\n2,1,1,b\n")
        assert read_trace(path).names == ("b", "a")


def test_adapters_that_are_numbers_repeat(log: Write) -> None:
    rows = "\n".join(
        f'{ENTRY[:-1].replace("0", str(t), 1)}, "adapter": {t % 2}}}' for t in range(4)
    )
    trace = read_trace(log(rows, "log.jsonl"))
    assert trace.adapter is not None
    assert (trace.names, trace.adapter.tolist()) == (("0", "1"), [0, 1, 0, 1])


def test_a_column_that_may_name_adapters_is_asked_about(log: Write) -> None:
    path = log(f"{HEADER},model\n0,1,1,x\n1,1,1,y\n")
    with pytest.raises(
        InputError, match=r"'model' may name adapters \(2 different .* adapter=model"
    ):
        read_trace(path)
    assert read_trace(path, TraceColumns(adapter="model")).names == ("x", "y")
    assert read_trace(path, TraceColumns(adapter="none")).names == ()
    assert read_trace(log(f"{HEADER},model\n0,1,1,x\n1,1,1,x\n")).names == ()


def test_adapters_that_the_first_object_lacks_are_not_dropped(log: Write) -> None:
    second = ENTRY[:-1].replace("0", "2", 1) + ', "adapter": "a"}'
    trace = read_trace(log(f"{ENTRY}\n{second}\n", "log.jsonl"))
    assert (trace.names, trace.num_base) == (("a",), 1)


def test_what_was_read_is_logged(log: Write, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "twin.sources.trace_file"):
        read_trace(log("adapter,timestamp,prompt_tokens,output_tokens\nb,0,1,1\na,1,1,1\n"))
    assert "2 requests in 2 s, 1 requests/s, 2 adapters" in caplog.text


@settings(max_examples=30)
@given(
    gaps=st.lists(st.integers(0, 10_000), min_size=1, max_size=50).filter(any),
    lengths=st.integers(1, 2**30),
    as_json=st.booleans(),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], lengths: int, as_json: bool
) -> None:
    times = np.cumsum([0, *gaps]) / 1000
    names = ("timestamp", "prompt_tokens", "output_tokens")
    rows = [(t, lengths, i + 1) for i, t in enumerate(times.tolist())]
    if as_json:
        text = "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)
    else:
        text = "\n".join(",".join(map(str, row)) for row in (names, *rows))
    path = tmp_path_factory.mktemp("log") / f"log.{'jsonl' if as_json else 'csv'}"
    path.write_text(text)
    trace = read_trace(path, TraceColumns(time_unit="s"))
    np.testing.assert_allclose(trace.times, times, atol=1e-9)
    assert trace.prompt_tokens.tolist() == [lengths] * len(rows)
    assert trace.output_tokens.tolist() == [i + 1 for i in range(len(rows))]


WRONG_CSV = {
    "empty": ("", "log.csv: it is empty"),
    "no requests": (HEADER, "it has no requests; give at least two"),
    "one request": (f"{HEADER}\n0,1,1\n", "its 1 requests span no time"),
    "one moment": (f"{HEADER}\n5,1,1\n5,1,1\n", "its 2 requests span no time"),
    "no time": ("time,prompt_tokens,output_tokens\n", "it has no requests"),
    "no prompt": ("timestamp,output_tokens\n", "no column prompt_tokens or contexttokens or"),
    "no output": ("timestamp,prompt_tokens,out\n", "it has timestamp, prompt_tokens, out; name"),
    "column twice": ("timestamp,timestamp,prompt_tokens,output_tokens\n", "appears twice"),
    "unsorted": (f"{HEADER}\n0,1,1\n2,1,1\n1,1,1\n", "row 4, timestamp: '1' is earlier than"),
    "unsorted dates": (
        f"{HEADER}\n2024-05-12 00:00:01,1,1\n2024-05-12 00:00:00,1,1\n",
        "row 3, timestamp: '2024-05-12 00:00:00' is earlier than the row before; sort the log",
    ),
    "no number": (f"{HEADER}\n0,1,1\nx,1,1\n", "row 3, timestamp: 'x' is not a time; a number"),
    "NaN time": (f"{HEADER}\n0,1,1\nnan,1,1\n", "row 3, timestamp: 'nan' is not a time"),
    "no time at all": (f"{HEADER}\nx,1,1\ny,1,1\n", "row 2, timestamp: 'x' is not a time; a date"),
    "no such day": (f"{HEADER}\n2024-13-01 00:00:00,1,1\n", "row 2, timestamp: '2024-13-01"),
    "NaT": (f"{HEADER}\n2024-01-01,1,1\nNaT,1,1\n", "row 3, timestamp: 'NaT' is not a time"),
    "number among dates": (f"{HEADER}\n2024-01-01,1,1\n\n,1,1\n", "row 4, timestamp: '' is not a"),
    "two kinds of dates": (
        f"{HEADER}\n2024-05,1,1\n2024-06-01T00:00:00Z,1,1\n",
        "row 2, timestamp: dates of several kinds follow; give one kind",
    ),
    "negative length": (f"{HEADER}\n0,1,1\n1,-1,1\n", "row 3, prompt_tokens: '-1' is out of"),
    "half a token": (f"{HEADER}\n0,1,1.5\n", "row 2, output_tokens: '1.5' is out of range; a w"),
    "NaN length": (f"{HEADER}\n0,1,nan\n", "row 2, output_tokens: 'nan' is not a number"),
    "no length": (f"{HEADER}\n0,,1\n", "row 2, prompt_tokens: '' is not a number"),
    "word": (f"{HEADER}\n0,many,1\n", "row 2, prompt_tokens: 'many' is not a number"),
    "endless": (f"{HEADER}\n0,1e12,1\n", "row 2, prompt_tokens: '1e12' is out of range"),
    "few fields": (f"{HEADER}\n0,1,1\n\n1,1\n", "row 4: it has 2 fields; 3, as the header has"),
}


@pytest.mark.parametrize(("text", "problem"), WRONG_CSV.values(), ids=WRONG_CSV.keys())
def test_wrong_csv(log: Write, text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        read_trace(log(text))
    assert problem in str(error.value)
    assert "log.csv" in str(error.value)
    assert "\n" not in str(error.value)


def test_named_columns_that_are_missing(log: Write) -> None:
    path = log(f"{HEADER}\n0,1,1\n1,1,1\n")
    with pytest.raises(InputError, match=r"row 1: there is no column who; it has timestamp, p"):
        read_trace(path, TraceColumns(adapter="who"))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.csv: there is no such file"):
        read_trace(tmp_path / "no.csv")
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        read_trace(folder)
    latin = tmp_path / "latin.csv"
    latin.write_bytes(f"{HEADER},adapter\n0,1,1,caf\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match="0xe9 is not UTF-8"):
        read_trace(latin)
    other = tmp_path / "log.parquet"
    other.write_text("x")
    with pytest.raises(InputError, match=r"ending '\.parquet' is not known; \.csv or \.jsonl"):
        read_trace(other)
    quoted = tmp_path / "quoted.csv"
    quoted.write_text(f'{HEADER}\n0,1,"{"x" * 200_000}"\n')
    with pytest.raises(InputError, match="it is not CSV"):
        read_trace(quoted)


def test_rows_beyond_the_first_chunk_keep_their_numbers(log: Write) -> None:
    rows = "".join(f"{i},1,1\n" for i in range(70_000))
    with pytest.raises(InputError, match=r"row 70002, timestamp: '5' is earlier"):
        read_trace(log(f"{HEADER}\n{rows}5,1,1\n"))
    with pytest.raises(InputError, match=r"row 65538, timestamp: '-1' is earlier"):
        read_trace(log(f"{HEADER}\n{rows[: rows.index('65536,')]}-1,1,1\n"))


def test_a_column_that_tells_something_late_is_asked_about(log: Write) -> None:
    rows = "".join(f"{i},1,1,{'x' if i < 69_000 else 'y'}\n" for i in range(70_000))
    with pytest.raises(InputError, match="'model' may name adapters"):
        read_trace(log(f"{HEADER},model\n{rows}"))


def test_many_rows_are_read(log: Write) -> None:
    path = log(
        HEADER + "\n" + "".join(f"{i / 8},{i % 991},{1 + i % 311}\n" for i in range(200_000))
    )
    trace = read_trace(path)
    assert len(trace) == 200_000
    assert trace.rate == pytest.approx(8)


def test_units_that_are_not_known() -> None:
    with pytest.raises(InputError, match="time_unit: 'h' is not known; s, ms, us, ns"):
        TraceColumns(time_unit="h")  # type: ignore[arg-type]


def test_rows_without_an_adapter_are_for_the_base_model(
    log: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = log("timestamp_s,adapter,prompt_tokens,output_tokens\n0,,5,6\n1,a,5,6\n2,,5,6\n")
    trace = read_trace(path)
    assert (trace.adapter.tolist(), trace.names, trace.num_base) == ([-1, 0, -1], ("a",), 2)
    assert "3 requests in 3 s, 1 requests/s, 1 adapters and 2 requests for the base" in caplog.text


def test_a_name_may_be_the_base_models(log: Write, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    text = "timestamp_s,model,prompt_tokens,output_tokens\n0,a,5,6\n1,org/m,5,6\n2,b,5,6\n3,,5,6\n"
    trace = read_trace(log(text), TraceColumns(adapter="model", base_model="org/m"))
    assert trace.adapter is not None
    assert (trace.adapter.tolist(), trace.names) == ([0, -1, 1, -1], ("a", "b"))
    assert "2 adapters and 2 requests for the base model" in caplog.text


def test_a_name_of_the_base_model_that_nobody_asks_for_is_refused(log: Write) -> None:
    path = log("timestamp_s,model,prompt_tokens,output_tokens\n0,a,5,6\n1,b,5,6\n")
    with pytest.raises(InputError, match="base_model: column 'model' has no 'c'; one of a, b"):
        read_trace(path, TraceColumns(adapter="model", base_model="c"))
    with pytest.raises(InputError, match=r"base_model: .* has no column that names adapters"):
        read_trace(path, TraceColumns(adapter="none", base_model="c"))
