"""Results of vllm bench serve."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.twin.measured.bench_files import RESULT, write
from twin.files.errors import InputError, ToolkitWarning
from twin.measured.bench_result import read_bench_results
from twin.measured.run import MeasuredRun


def read(folder: Path, **changes: object) -> MeasuredRun:
    """The run of `RESULT` with some keys changed."""
    (run,) = read_bench_results(write(folder, RESULT | changes))
    return run


def test_a_result_is_a_run(tmp_path: Path) -> None:
    run = read(tmp_path)
    assert run.run_id == "bench"
    assert run.model == "meta-llama/Llama-3.1-8B-Instruct"
    assert run.rates == {0.5: 8}
    assert run.ranks == {8: 4, 16: 4}
    assert run.pooled_arrivals
    assert (run.prompt_mean, run.output_mean) == (220, 180)
    assert (run.tpot_mean, run.ttft_mean, run.ttft_p99, run.itl_mean) == (0.02, 0.08, 0.3, 0.0205)
    assert run.throughput == pytest.approx(1538.5, abs=0.1)
    assert run.usable
    assert not run.starved


def test_the_time_of_the_last_answers_is_not_starvation(tmp_path: Path) -> None:
    few = {"num_prompts": 150, "completed": 150, "request_rate": 5.0}
    tokens = {"total_input_tokens": 60_000, "total_output_tokens": 60_000, "mean_tpot_ms": 18.0}
    drained = read(tmp_path, **few, **tokens, duration=38.5)
    assert drained.throughput < 0.8 * drained.offered_throughput
    assert not drained.starved
    assert not drained.starved_is_uncertain
    overloaded = read(tmp_path, **few, **tokens, duration=75.0, mean_ttft_ms=19_000.0)
    assert overloaded.starved
    assert not overloaded.starved_is_uncertain
    assert read(tmp_path, **few, **tokens, duration=75.0).starved_is_uncertain


def test_a_run_that_is_shorter_than_an_answer_tells_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, request_rate=500.0).starved_is_uncertain


def test_several_results_in_a_file(tmp_path: Path) -> None:
    lines = [json.dumps(RESULT | {"request_rate": rate}) for rate in (4.0, 8.0)]
    (tmp_path / "lines.json").write_text("\n".join(lines))
    (tmp_path / "array.json").write_text(f"[{', '.join(lines)}]")
    (tmp_path / "pretty.json").write_text(json.dumps(RESULT, indent=2))
    for name in ("lines", "array"):
        runs = read_bench_results(tmp_path / f"{name}.json")
        assert [run.run_id for run in runs] == [f"{name}-1", f"{name}-2"]
        assert [run.rate for run in runs] == [4.0, 8.0]
    assert len(read_bench_results(tmp_path / "pretty.json")) == 1


def test_some_failures_are_told_and_many_refused(tmp_path: Path) -> None:
    with pytest.warns(ToolkitWarning, match="50 of 1050 requests failed"):
        run = read(tmp_path, num_prompts=1050, failed=50, request_rate=4.2)
    assert run.rate == pytest.approx(4.0)
    with pytest.raises(InputError, match="400 of 1400 requests failed, and what they cost"):
        read(tmp_path, num_prompts=1400)


def test_lengths_of_which_only_the_means_are_known_are_told(tmp_path: Path) -> None:
    assert read(tmp_path).dataset == "fixed"
    with pytest.warns(ToolkitWarning, match=r"only their means.*--metadata dataset=sharegpt"):
        assert read(tmp_path, total_input_tokens=220_123).dataset == ""
    assert read(tmp_path, total_input_tokens=220_123, dataset="sharegpt").dataset == "sharegpt"


def test_all_at_once_is_no_rate_that_could_starve(tmp_path: Path) -> None:
    for infinite in ("inf", math.inf):
        run = read(tmp_path, request_rate=infinite)
        assert run.client is not None
        assert run.client.rate == math.inf
        assert (run.rate, run.starved) == (pytest.approx(1000 / 260), False)


def test_a_client_before_fewer_slots_than_it_keeps_open_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, max_concurrency=32).client is not None
    with pytest.raises(InputError, match=r"max_concurrency: 32 requests of 8 adapters .* 4 slots"):
        read(tmp_path, max_concurrency=32, max_loras="4")
    assert read(tmp_path, max_concurrency=4, max_loras="4").client is not None


@pytest.mark.parametrize("key", ["vllm_version", "max_loras", "max_lora_rank", "adapter_rank_mix"])
def test_missing_metadata_is_named_with_the_remedy(tmp_path: Path, key: str) -> None:
    data = {k: v for k, v in RESULT.items() if k != key}
    with pytest.raises(InputError, match=f"lacks {key}.*--metadata"):
        read_bench_results(write(tmp_path, data))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[5]", "entry 1: it is no result of vllm bench serve"),
        ({"total": 1}, "no result of vllm bench serve"),
        (RESULT | {"model_id": None}, "key model_id: it is missing"),
        (RESULT | {"request_rate": None}, "request_rate: it is missing"),
        (RESULT | {"request_rate": "fast"}, "request_rate: 'fast' is not a number"),
        (f"{json.dumps(RESULT)}\n{{", r"bench.json, line 2: it is not JSON"),
        (f"{json.dumps(RESULT)}\n5", r"bench.json, line 2: it is no result"),
        ("[]", "it holds no result"),
        (RESULT | {"completed": 0}, "completed.*not positive"),
        (RESULT | {"duration": None}, "duration"),
        (RESULT | {"duration": 2**62}, "key duration: 4.61169e.18 s is no length of a benchmark"),
        (RESULT | {"adapter_rank_mix": ""}, "'' has 0 adapters; 1 to 1000000"),
        (RESULT | {"adapter_rank_mix": "8:1e9"}, "has 1e.09 adapters"),
        (RESULT | {"total_output_tokens": 10**12}, "total_output_tokens: 1e.09 tokens for each"),
        ("[" * 100_000, "it is nested too deep"),
    ],
)
def test_wrong_files_are_one_line(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_bench_results(write(tmp_path, content))
    assert "bench.json" in str(error.value)
