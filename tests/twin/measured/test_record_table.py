"""Records of GuideLLM and aiperf as measured runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measured.client_files import COLUMNS, aiperf, guidellm, report, served, table
from twin.files.errors import InputError
from twin.gpu.read_profile import read_profile
from twin.measured.bench_result import read_bench_results
from twin.measured.record_table import RECORD_COLUMNS, named_files, read_record_runs
from twin.measured.replay import replay
from twin.measured.run import MeasuredRun

PROFILE = replace(
    read_profile("h100_64gb_llama31_8b"), max_num_seqs=256, max_num_batched_tokens=2048
)
STREAM, RESULT = served(PROFILE, 4.0)
RECORDS = RESULT.records
assert RECORDS is not None


def read_one(path: Path) -> MeasuredRun:
    (run,) = read_record_runs(path)
    return run


def lines(entries: list[dict]) -> str:
    return "\n".join(map(json.dumps, entries)) + "\n"


def test_guidellm_is_replayed_exactly(tmp_path: Path) -> None:
    run = read_one(table(tmp_path, "report.json", report(guidellm(STREAM, RECORDS))))
    assert run.run_id == "report"
    assert run.requests is not None
    assert run.requests.adapter_rank.tolist() == [8, 8, 16, 16]
    assert (run.requests.adapter < 0).sum() == (STREAM.adapter < 0).sum(), "base model"
    assert run.ranks == {8: 2, 16: 2}
    assert (run.max_num_seqs, run.max_num_batched_tokens) == (256, 2048)
    check_replay(run)


def test_aiperf_is_replayed_exactly(tmp_path: Path) -> None:
    run = read_one(table(tmp_path, "export.jsonl", lines(aiperf(STREAM, RECORDS))))
    check_replay(run)
    assert not run.starved


def check_replay(run: MeasuredRun) -> None:
    """The figures of the records are those of the simulation that made them."""
    tokens = STREAM.prompt_tokens.sum() + STREAM.output_tokens.sum()
    assert run.duration == pytest.approx(float(RECORDS.finish.max()), rel=1e-5)
    assert run.throughput == pytest.approx(tokens / run.duration)
    assert run.ttft_mean == pytest.approx(RESULT.ttft_mean, rel=1e-4)
    assert run.ttft_p99 == pytest.approx(RESULT.ttft_p99, rel=1e-4)
    assert run.tpot_mean == pytest.approx(RESULT.tpot_mean, rel=1e-4)
    twin = replay(run, PROFILE)
    assert twin.throughput == pytest.approx(run.throughput, rel=1e-3)
    assert twin.tpot_mean == pytest.approx(run.tpot_mean, rel=1e-2)
    assert twin.ttft_mean == pytest.approx(run.ttft_mean, rel=1e-2)


def test_requests_that_were_cut_off_end_the_window_before_the_first_of_them(
    tmp_path: Path,
) -> None:
    end = 0.9 * float(STREAM.arrival[-1])
    run = read_one(table(tmp_path, "r.json", report(guidellm(STREAM, RECORDS, end))))
    assert run.client is None
    open_at_end = (STREAM.arrival < end) & (RECORDS.finish > end)
    assert run.duration == pytest.approx(float(STREAM.arrival[open_at_end][0]), abs=1e-5)
    assert run.requests is not None
    assert run.requests.sent[-1] < run.duration
    twin = replay(run, PROFILE)
    assert twin.throughput == pytest.approx(run.throughput, rel=2e-3)
    assert twin.tpot_mean == pytest.approx(run.tpot_mean, rel=1e-2)


def test_each_benchmark_of_a_report_is_a_run(tmp_path: Path) -> None:
    requests = guidellm(STREAM, RECORDS)
    runs = read_record_runs(table(tmp_path, "sweep.json", report(requests, requests)))
    assert [run.run_id for run in runs] == ["sweep-1", "sweep-2"]
    named = read_record_runs(table(tmp_path, "sweep.json", report(requests), run_id="mine"))
    assert [run.run_id for run in named] == ["mine"]


def test_a_table_names_its_files(tmp_path: Path) -> None:
    assert named_files(table(tmp_path, "x.jsonl", "{}")) == [tmp_path / "x.jsonl"]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("r.json", report(guidellm(STREAM, RECORDS)), "a GuideLLM report"),
        ("r.jsonl", lines(aiperf(STREAM, RECORDS)), "records of aiperf"),
    ],
)
def test_records_alone_are_asked_what_engine_answered(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"these are {kind}.*requests_file, model, vllm_version"):
        read_bench_results(tmp_path / name)


@pytest.mark.parametrize("column", [c for c in RECORD_COLUMNS if c != "requests_file"])
def test_flags_that_are_missing_are_asked_for_by_name(tmp_path: Path, column: str) -> None:
    text = report(guidellm(STREAM, RECORDS))
    with pytest.raises(InputError, match=f"column {column}: it is empty"):
        read_record_runs(table(tmp_path, "r.json", text, **{column: ""}))
    path = table(tmp_path, "r.json", text)
    path.write_text(path.read_text().replace(column, "other"))
    with pytest.raises(InputError, match=f"column '{column}' is missing"):
        read_record_runs(path)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", '{"benchmarks": []}', "a GuideLLM report without benchmarks"),
        ("a.json", '{"total": 1}', "it holds no requests that can be replayed"),
        ("a.json", "{", "not JSON"),
        ("a.jsonl", "\n \n", "it is empty|blank"),
        ("../a.json", "{}", "no name of a file beside the table"),
        ("", "", "no name of a file beside the table"),
    ],
)
def test_wrong_files_are_one_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = tmp_path / "t.csv"
    row = COLUMNS | {"requests_file": name}
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    if name.startswith("a"):
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        read_record_runs(path)


def test_a_table_without_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{','.join(RECORD_COLUMNS)}\n")
    with pytest.raises(InputError, match="it has no run"):
        read_record_runs(tmp_path / "t.csv")
