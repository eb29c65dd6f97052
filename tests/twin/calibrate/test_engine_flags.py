"""Flags of engines, from the tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.calibrate.settings_of_tests import SETTINGS
from tests.twin.measured.run_rows import ROW, write
from twin.calibrate.engine_flags import EngineFlags, engine_flags
from twin.calibrate.settings import Settings
from twin.calibrate.tables import find_tables
from twin.files.errors import InputError

HEADER = (
    "model,vllm_version,max_loras,max_lora_rank,max_num_seqs,max_model_len,kv_cache_tokens,"
    "max_num_batched_tokens,gpu_memory_utilization\n"
)
MODEL = "llama-3.1-8b-instruct"


def flags(folder: Path, settings: Settings, **row: str) -> EngineFlags:
    write(folder, ROW | {"vllm_version": settings.engine_version} | row)
    tables = find_tables(folder)
    return engine_flags(tables, settings, tables.runs)


def test_start_up_logs_tell_them(tmp_path: Path) -> None:
    row = f"{MODEL},0.22.1,16,64,512,8192,400000,8192,0.8\n"
    (tmp_path / "kv.csv").write_text(HEADER + row + f"{MODEL},0.9,1,512,9,9,9,9,0.1\n")
    found = flags(tmp_path, replace(SETTINGS, engine_version="0.22.1"))
    assert found == EngineFlags(512, 8192, 131072, 0.8, 64, False)


def test_a_small_cache_holds_no_request_of_the_models_length(tmp_path: Path) -> None:
    (tmp_path / "kv.csv").write_text(HEADER + f"{MODEL},0.8.5,16,64,512,8192,90000,8192,0.8\n")
    assert flags(tmp_path, SETTINGS).max_model_len == 8192


def test_runs_tell_what_they_had(tmp_path: Path) -> None:
    found = flags(tmp_path, SETTINGS, max_num_seqs="100", max_num_batched_tokens="4096")
    assert (found.max_num_seqs, found.max_num_batched_tokens) == (100, 4096)
    assert flags(tmp_path, SETTINGS, specialize_active_lora="1").specialize_active_lora
    assert not flags(tmp_path, SETTINGS, specialize_active_lora="0").specialize_active_lora


def test_what_nobody_tells_is_the_profiles_or_the_versions(tmp_path: Path) -> None:
    assert flags(tmp_path, SETTINGS) == EngineFlags(2048, 2048, 131072, 0.9, 16, False)
    today = replace(SETTINGS, base=None, engine_version="0.22.1")
    assert flags(tmp_path, today) == EngineFlags(1024, 8192, 131072, 0.92, 16, False)


def test_refused(tmp_path: Path) -> None:
    (tmp_path / "kv.csv").write_text(HEADER + f"{MODEL},0.8.5,16,64,-1,8192,400000,8192,0.8\n")
    with pytest.raises(InputError, match="column max_num_seqs: -1 is negative"):
        flags(tmp_path, SETTINGS)
