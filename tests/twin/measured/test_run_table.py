"""Tables of runs: what is read, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.twin.measured.run_rows import ROW, read, write
from twin.files.errors import InputError
from twin.measured.run_table import REQUIRED_COLUMNS, read_runs


def test_required_columns_are_enough(tmp_path: Path) -> None:
    run = read(tmp_path)
    assert run.ranks == {8: 2, 16: 2}
    assert run.rates == {0.5: 3, 2.0: 1}
    assert run.num_adapters == 4
    assert run.rate == 3.5
    assert run.offered_throughput == pytest.approx(3.5 * 400)
    assert run.usable
    assert not run.memory_error
    assert run.starved  # 1200 of 1400
    assert math.isnan(run.ttft_mean)
    assert run.scenario == "all"


def test_latencies_are_read_in_milliseconds(tmp_path: Path) -> None:
    run = read(tmp_path, mean_tpot_ms="20", mean_itl_ms="21", mean_ttft_ms="90", p99_ttft_ms="400")
    assert (run.tpot_mean, run.itl_mean, run.ttft_mean, run.ttft_p99) == (0.02, 0.021, 0.09, 0.4)
    assert not run.ttft_charges_unfinished


def test_ttft_that_charges_unfinished_requests_goes_first(tmp_path: Path) -> None:
    run = read(tmp_path, mean_ttft_ms="90", mean_ttft_completed_ms="80", authors_ttft_ms="5000")
    assert run.ttft_mean == 5.0
    assert run.ttft_charges_unfinished
    assert read(tmp_path, mean_ttft_ms="90", mean_ttft_completed_ms="80").ttft_mean == 0.08


def test_labels_of_the_table_win(tmp_path: Path) -> None:
    assert not read(tmp_path, starved="0").starved
    assert read(tmp_path, starved="1", total_throughput_tok_s="1399").starved
    assert not read(tmp_path, total_throughput_tok_s="1300").starved


@pytest.mark.parametrize(
    "changes",
    [
        {"gpu_memory_contaminated": "1"},
        {"metrics_source": "authors_summary_only"},
        {"total_throughput_tok_s": ""},
        {"outcome": "memory_error"},
    ],
)
def test_rows_that_cannot_be_compared(tmp_path: Path, changes: dict[str, str]) -> None:
    run = read(tmp_path, **changes)
    assert not run.usable
    assert run.memory_error == ("outcome" in changes)


def test_failures_outside_the_engine_are_left_out(tmp_path: Path) -> None:
    runs = read_runs(write(tmp_path, ROW, ROW | {"run_id": "two", "outcome": "other_failure"}))
    assert [run.run_id for run in runs] == ["one"]
    with pytest.raises(InputError, match="has no run"):
        read_runs(write(tmp_path, ROW | {"outcome": "other_failure"}))


def test_runs_that_end_by_count(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        benchmark_mode="fixed_count_cut_after_last_arrival",
        requests_sent="4096",
        arrival_process="poisson_aggregate",
        p99_ttft_ms="600000",
    )
    assert run.num_requests == 4096
    assert run.pooled_arrivals
    assert math.isnan(run.ttft_p99)


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_missing_columns_are_named(tmp_path: Path, column: str) -> None:
    row = {key: value for key, value in ROW.items() if key != column}
    with pytest.raises(InputError, match=f"{column}.*needed: run_id, model"):
        read_runs(write(tmp_path, row))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate_counts": "0.5"}, "row 2, column rate_counts"),
        ({"rate_counts": "0.5:1.5"}, "row 2, column rate_counts"),
        ({"rate_counts": "0:3"}, "row 2, column rate_counts"),
        ({"adapter_rank_mix": "8:x"}, "row 2, column adapter_rank_mix"),
        ({"adapter_rank_mix": "8:3"}, "has 3 adapters"),
        ({"adapter_rank_mix": "8.5:4"}, "column adapter_rank_mix: 8.5 is no rank; whole numbers"),
        ({"adapter_rank_mix": "8:2;32:2"}, "an engine with max_lora_rank 16 serves no rank 32"),
        ({"starved": "2"}, "row 2, column starved: 2 is neither 0 nor 1"),
        ({"frontend_saturated": "2"}, "row 2, column frontend_saturated: 2 is neither 0 nor 1"),
        ({"duration_s": "1e18"}, "column duration_s: 1e.18 is too large; up to 1e.08"),
        ({"mean_output_tokens": "1e18"}, "mean_output_tokens: 1e.18 is too large; up to 1.67"),
        ({"rate_counts": "1e18:4"}, "column rate_counts: 1e.18 is too large; up to 1e.06"),
        ({"rate_counts": "1:1e12"}, "column rate_counts: 1e.12 is too large; up to 1e.06"),
        ({"max_loras": "1e12"}, "column max_loras: 1e.12 is too large; up to 1e.06"),
        ({"duration_s": "long"}, "row 2, column duration_s"),
        ({"duration_s": "-600"}, "row 2, column duration_s: -600 is negative"),
        ({"duration_s": "0"}, "row 2, column duration_s: it is 0; a positive number"),
        ({"mean_output_tokens": "0"}, "row 2, column mean_output_tokens: it is 0"),
        ({"max_loras": "-8"}, "row 2, column max_loras: -8 is negative"),
        ({"max_loras": "8.5"}, "row 2, column max_loras: 8.5 is not a whole number"),
        ({"total_throughput_tok_s": "nan"}, "row 2, column total_throughput_tok_s"),
        ({"outcome": "maybe"}, "accepted: ok, memory_error"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, **changes)


def test_the_published_runs(reference_dir: Path) -> None:
    runs = read_runs(reference_dir / "h100_serving_runs.csv")
    usable = [run for run in runs if run.usable]
    assert len(runs) == 914 + 123
    assert len(usable) == 889
    assert sum(run.memory_error for run in runs) == 123


def test_one_counter_without_the_other_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="engine_prompt_tokens: it is missing beside engine_gen"):
        read(tmp_path, engine_generation_tokens="100")
    both = read(tmp_path, engine_prompt_tokens="100", engine_generation_tokens="200")
    assert both.engine_throughput == pytest.approx(300 / 600)
