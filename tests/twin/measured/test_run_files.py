"""Measured runs in files of several kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.twin.measured import bench_files, client_files, run_rows
from tests.twin.measured.bench_files import RESULT
from tests.twin.measured.client_files import entry
from tests.twin.measured.run_rows import ROW
from twin.files.errors import InputError, ToolkitWarning
from twin.measured.run_files import find_run_files, read_measured


def names(path: Path) -> list[str]:
    return [run.run_id for run in read_measured(path)]


def test_tables_results_and_folders_of_both(tmp_path: Path) -> None:
    assert names(run_rows.write(tmp_path, ROW)) == ["one"]
    assert names(bench_files.write(tmp_path, RESULT)) == ["bench"]
    (tmp_path / "more.jsonl").write_text(f"{json.dumps(RESULT)}\n{json.dumps(RESULT)}\n")
    assert names(tmp_path / "more.jsonl") == ["more-1", "more-2"]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert names(tmp_path) == ["one", "bench", "more-1", "more-2"]


def test_records_that_a_table_names_are_no_results_of_their_own(tmp_path: Path) -> None:
    run_rows.write(tmp_path, ROW)
    bench_files.write(tmp_path, RESULT)
    requests = {"successful": [entry(0.0), entry(1.0)]}
    table = client_files.table(tmp_path, "r.json", client_files.report(requests), max_loras="0")
    assert names(table) == ["r"]
    assert names(tmp_path) == ["one", "r", "bench"]
    found = find_run_files(tmp_path)
    assert (found.record_tables, found.named) == ((table,), (tmp_path / "r.json",))


def test_what_holds_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it has no table of runs; .* or results of vllm bench"):
        read_measured(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_measured(tmp_path / "no.json")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="column 'run_id' is missing"):
        read_measured(tmp_path / "other.csv")


def test_a_refused_file_of_a_folder_is_left_out_and_named(tmp_path: Path) -> None:
    run_rows.write(tmp_path, ROW)
    (tmp_path / "broken.json").write_text("{")
    with pytest.warns(ToolkitWarning, match=r"a file is left out: .*broken\.json"):
        assert names(tmp_path) == ["one"]
    with pytest.raises(InputError, match=r"broken\.json"):
        read_measured(tmp_path / "broken.json")


def test_a_table_of_runs_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    path = run_rows.write(tmp_path, ROW)
    path.write_text(path.read_text().replace("duration_s", "seconds"))
    with pytest.raises(InputError, match=r"row 1: it lacks duration_s for a table of runs"):
        read_measured(tmp_path)
    bench_files.write(tmp_path, RESULT)
    with pytest.warns(ToolkitWarning, match=r"a file is left out: .*it lacks duration_s"):
        assert names(tmp_path) == ["bench"]


def test_a_folder_of_refused_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match=r"broken\.json"):
        read_measured(tmp_path)
