"""Figures and replay of runs whose requests a client noted."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.twin.measured.client_files import COLUMNS
from twin.files.errors import InputError, ToolkitWarning
from twin.measured.client_records import ClientRecord, ClientRecords
from twin.measured.recorded_run import recorded_run
from twin.measured.row_fields import RowFields
from twin.measured.run import MeasuredRun

ENGINE = COLUMNS | {"max_loras": "4", "adapter_rank_mix": "8:1"}


def request(sent: float, wait: float = 0.5, adapter: str | None = None) -> ClientRecord:
    """10 tokens in, 11 out, 0.1 s each."""
    return ClientRecord(sent, sent + wait, sent + wait + 1.0, 10, 11, adapter)


def run_of(folder: Path, records: ClientRecords, **changes: str) -> MeasuredRun:
    return recorded_run(RowFields(ENGINE | changes, "t.csv, row 2"), records, "x", folder)


EVERY_SECOND = tuple(request(float(i)) for i in range(20))


def test_figures_are_of_the_requests_that_finished(tmp_path: Path) -> None:
    run = run_of(tmp_path, ClientRecords("f", EVERY_SECOND))
    assert run.duration == 20.5
    assert run.throughput == pytest.approx(20 * 21 / 20.5)
    assert (run.ttft_mean, run.tpot_mean) == (pytest.approx(0.5), pytest.approx(0.1))
    assert run.client is not None
    assert run.client.sending_time == pytest.approx(20.0)
    one_token = [ClientRecord(0.0, 1.0, 1.0, 5, 1)]
    assert math.isnan(run_of(tmp_path, ClientRecords("f", one_token)).tpot_mean)


def test_a_window_that_is_cut_counts_what_finished_in_it(tmp_path: Path) -> None:
    run = run_of(tmp_path, ClientRecords("f", EVERY_SECOND, cut=(19.5, 18.5), streams=0))
    assert (run.duration, run.client) == (18.5, None)
    assert run.requests is not None
    assert run.requests.sent.size == 19
    assert run.throughput == pytest.approx(18 * 21 / 18.5)
    assert not run.starved
    short = [request(float(i), wait=0.05) for i in range(4)]
    run = run_of(tmp_path, ClientRecords("f", short, cut=(3.5,), streams=0))
    assert run.starved_is_uncertain, "answers were open at the end, and nothing waited"


def test_streams_are_replayed_by_their_answers(tmp_path: Path) -> None:
    records = ClientRecords("f", EVERY_SECOND, streams=2)
    run = run_of(tmp_path, records)
    assert run.client is not None
    assert run.client.max_concurrency == 2
    assert run.requests is not None
    assert run.requests.sent.tolist() == [0.0] * 20
    assert not run.starved
    cut = ClientRecords("f", EVERY_SECOND, cut=(18.0,), streams=2)
    with pytest.raises(InputError, match="1 requests that the client kept open were cut off"):
        run_of(tmp_path, cut)
    requests = [request(float(i), adapter=f"a{i % 6}") for i in range(20)]
    many = ClientRecords("f", requests, streams=8)
    with pytest.raises(InputError, match="8 requests of 6 adapters are open before 4 slots"):
        run_of(tmp_path, many, adapter_rank_mix="8:6")


def test_who_the_requests_were_for(tmp_path: Path) -> None:
    unnamed = ClientRecords("f", EVERY_SECOND)
    assert adapters(run_of(tmp_path, unnamed)) == {0}, "the only one"
    assert adapters(run_of(tmp_path, unnamed, max_loras="0", max_lora_rank="0")) == {-1}
    with pytest.raises(InputError, match=r"does not say which of 4 adapters .* a key adapter"):
        run_of(tmp_path, unnamed, adapter_rank_mix="8:4")
    base = COLUMNS["model"]
    named = [request(float(i), adapter=("a0", "a1", base, "")[i % 4]) for i in range(20)]
    assert adapters(run_of(tmp_path, ClientRecords("f", named), adapter_rank_mix="8:2")) == {
        -1,
        0,
        1,
    }
    (tmp_path / "adapters.csv").write_text("adapter,rank\na0,8\na1,16\n")
    run = run_of(tmp_path, ClientRecords("f", named), adapter_rank_mix="")
    assert run.ranks == {8: 1, 16: 1}
    with pytest.raises(InputError, match="adapter 'a2' is not in it"):
        run_of(tmp_path, ClientRecords("f", [request(0.0, adapter="a2")]), adapter_rank_mix="")


def adapters(run: MeasuredRun) -> set[int]:
    assert run.requests is not None
    return set(run.requests.adapter.tolist())


def test_what_is_refused_or_told(tmp_path: Path) -> None:
    with pytest.warns(ToolkitWarning, match="f: 1 requests failed; it is replayed without them"):
        run_of(tmp_path, ClientRecords("f", EVERY_SECOND, num_failed=1))
    with pytest.raises(InputError, match=r"that was cut off came after 4 of 20\.5 s"):
        run_of(tmp_path, ClientRecords("f", EVERY_SECOND, cut=(4.0,), streams=0))
    with pytest.raises(InputError, match="column adapter_rank_mix: it is empty; rank:count"):
        run_of(tmp_path, ClientRecords("f", EVERY_SECOND), adapter_rank_mix="")
    with pytest.raises(InputError, match="column max_num_seqs: it is 0"):
        run_of(tmp_path, ClientRecords("f", EVERY_SECOND), max_num_seqs="0")
