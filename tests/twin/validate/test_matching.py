"""Which profile simulates which run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twin.measured.run_rows import write
from tests.twin.validate.compared_rows import FAILED, LIGHT
from twin.files.errors import EngineVersionWarning, InputError, ToolkitWarning
from twin.measured.run import MeasuredRun
from twin.measured.run_table import read_runs
from twin.validate.matching import match_profiles

LLAMA, QWEN = "h100_64gb_llama31_8b", "h100_64gb_qwen25_7b"


@pytest.fixture
def runs(tmp_path: Path) -> list[MeasuredRun]:
    """Runs of two models; one that cannot be compared, and one of an unknown version."""
    qwen = LIGHT | {"model": "qwen-2.5-7b-instruct"}
    contaminated = LIGHT | {"gpu_memory_contaminated": "1"}
    later = LIGHT | {"vllm_version": "0.9.0"}
    rows = {"llama": LIGHT, "qwen": qwen, "failed": FAILED, "no": contaminated, "later": later}
    columns = dict.fromkeys(key for row in rows.values() for key in row)
    complete = [
        {key: row.get(key, "") for key in columns} | {"run_id": name} for name, row in rows.items()
    ]
    return read_runs(write(tmp_path, *complete))


def test_by_model_and_version(runs: list[MeasuredRun]) -> None:
    kept, profile_of = match_profiles(runs, None)
    assert [(run.run_id, profile_of(run).name) for run in kept] == [
        ("llama", LLAMA),
        ("qwen", QWEN),
        ("failed", LLAMA),
    ]


def test_a_given_profile_simulates_all_runs_of_its_model(runs: list[MeasuredRun]) -> None:
    with pytest.warns(EngineVersionWarning, match=r"not 0\.9\.0"):
        kept, profile_of = match_profiles(runs, LLAMA)
    assert [run.run_id for run in kept] == ["llama", "failed", "later"]
    assert {profile_of(run).name for run in kept} == {LLAMA}


def test_a_profile_of_another_model_simulates_all_runs(runs: list[MeasuredRun]) -> None:
    words = "is of qwen-2.5-7b-instruct, and the runs are of llama-3.1-8b-instruct"
    with pytest.warns(ToolkitWarning, match=words):
        kept, profile_of = match_profiles(runs[:1], QWEN)
    assert profile_of(kept[0]).name == QWEN


def test_no_run_is_left(runs: list[MeasuredRun]) -> None:
    with pytest.raises(InputError, match=r"no profile fits llama-3.1-8b-instruct on 0\.9\.0"):
        match_profiles(runs[-1:], None)
    with pytest.raises(InputError, match="no profile fits any of them; give --profile"):
        match_profiles([], None)
