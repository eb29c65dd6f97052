"""Tables in a folder are recognized by their columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.twin.calibrate import load_rows
from tests.twin.measured import client_files
from tests.twin.measured.bench_files import RESULT
from tests.twin.measured.closed_loop_rows import ROW as CLOSED
from tests.twin.measured.run_rows import ROW, write
from twin.calibrate.swap_table import SWAP_COLUMNS
from twin.calibrate.tables import find_tables
from twin.files.errors import InputError, ToolkitWarning

KV = "model,vllm_version,max_loras,max_lora_rank,max_num_seqs,max_model_len,kv_cache_tokens\n"


def test_all_kinds(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    load_rows.write(tmp_path, "m,1,8,8,6,60")
    (tmp_path / "kv.csv").write_text(KV + "m,1,8,16,256,4096,100000\n")
    (tmp_path / "closed.csv").write_text(
        ",".join(CLOSED) + "\n" + ",".join(CLOSED.values()) + "\n"
    )
    (tmp_path / "api.csv").write_text("model,vllm_version,adapter_rank,median_ms\nm,1,8,60\n")
    (tmp_path / "swaps.csv").write_text(",".join(SWAP_COLUMNS) + "\nm,1,8,8,30\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "bench.json").write_text(json.dumps(RESULT))
    (tmp_path / "more.jsonl").write_text(json.dumps(RESULT) + "\n" + json.dumps(RESULT))
    tables = find_tables(tmp_path)
    assert [run.run_id for run in tables.runs] == ["one", "bench", "more-1", "more-2"]
    assert len(tables.closed_loop) == 1
    assert tables.kv_capacity == tmp_path / "kv.csv"
    assert tables.adapter_load == tmp_path / "loads.csv"
    assert tables.load_api == tmp_path / "api.csv"
    assert tables.swaps == tmp_path / "swaps.csv"
    tables_of_runs = ("api.csv", "closed.csv", "kv.csv", "loads.csv", "runs.csv", "swaps.csv")
    assert tables.files == (*tables_of_runs, "bench.json", "more.jsonl")


def test_records_of_clients_are_runs_and_count_as_files(tmp_path: Path) -> None:
    requests = {"successful": [client_files.entry(0.0), client_files.entry(1.0)]}
    client_files.table(tmp_path, "r.json", client_files.report(requests), max_loras="0")
    tables = find_tables(tmp_path)
    assert [run.run_id for run in tables.runs] == ["r"]
    assert tables.files == ("engines.csv", "r.json")


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    before = find_tables(tmp_path).fingerprint
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert find_tables(tmp_path).fingerprint == before
    write(tmp_path, ROW | {"run_id": "changed"})
    assert find_tables(tmp_path).fingerprint != before


def test_no_folder_no_runs_and_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        find_tables(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no table of runs.*run_id, model"):
        find_tables(tmp_path)
    write(tmp_path, ROW)
    for name in ("kv.csv", "kv2.csv"):
        (tmp_path / name).write_text(KV + "m,1,8,16,256,4096,100000\n")
    with pytest.raises(InputError, match=r"kv2\.csv: kv\.csv holds KV capacities already"):
        find_tables(tmp_path)


def test_tables_that_lack_a_column_are_named(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    header = [column for column in CLOSED if column != "mean_itl_ms"]
    (tmp_path / "closed.csv").write_text(",".join(header) + "\n")
    (tmp_path / "kv.csv").write_text(KV.replace("kv_cache_tokens", "kv_tokens"))
    (tmp_path / "adapters.csv").write_text("adapter,rank\n")
    with pytest.warns(ToolkitWarning) as told:
        assert len(find_tables(tmp_path).runs) == 1
    texts = sorted(str(warning.message) for warning in told)
    assert len(texts) == 2
    assert "closed.csv, row 1: it lacks mean_itl_ms for a table of closed-loop runs" in texts[0]
    assert "kv.csv, row 1: it lacks kv_cache_tokens for a table of KV capacities" in texts[1]


def test_a_refused_file_is_left_out_and_named(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    before = find_tables(tmp_path)
    (tmp_path / "broken.jsonl").write_text("{")
    with pytest.warns(ToolkitWarning, match=r"a file is left out: .*broken\.jsonl"):
        after = find_tables(tmp_path)
    assert (after.files, after.fingerprint) == (before.files, before.fingerprint)
    assert repr(after.runs) == repr(before.runs)
