"""Where a fit starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.calibrate import load_rows
from tests.twin.calibrate.known_costs import TRUE
from tests.twin.calibrate.settings_of_tests import SETTINGS
from tests.twin.measured.run_rows import ROW, write
from twin.calibrate.settings import Settings
from twin.calibrate.start import start_profile
from twin.calibrate.tables import find_tables
from twin.gpu.profile import ServingProfile

MODEL = "llama-3.1-8b-instruct"
KV = "model,vllm_version,max_loras,max_lora_rank,max_num_seqs,max_model_len,kv_cache_tokens\n"
TODAY = replace(SETTINGS, base=None, engine_version="0.22.1")


def start(folder: Path, settings: Settings = SETTINGS) -> ServingProfile:
    write(folder, ROW | {"vllm_version": settings.engine_version})
    tables = find_tables(folder)
    return start_profile(tables, settings, tables.runs)


def test_from_a_profile_on_another_gpu(tmp_path: Path) -> None:
    found = start(tmp_path)
    assert found.step_time == TRUE.step_time
    assert found.model_id == TRUE.model_id
    assert found.kv_capacity(8, 16) > TRUE.kv_capacity(8, 16)
    assert not found.async_scheduling


def test_the_version_tells_how_the_engine_works(tmp_path: Path) -> None:
    found = start(tmp_path, TODAY)
    assert found.async_scheduling
    assert not found.hold_slots
    assert not found.step_time.lora_always
    assert found.kv_capacity_model.utilization == 0.92


def test_an_engine_of_two_gpus(tmp_path: Path) -> None:
    one = start(tmp_path, TODAY)
    two = start(tmp_path, replace(TODAY, tensor_parallel_size=2))
    assert (two.gpus_per_engine, two.price_per_hour) == (2, 2 * one.price_per_hour)
    assert two.kv_capacity(8, 16) > 2 * one.kv_capacity(8, 16)
    (tmp_path / "kv.csv").write_text(KV + f"{MODEL},0.22.1,8,16,256,8192,900000\n")
    fitted = start(tmp_path, replace(TODAY, tensor_parallel_size=2))
    assert fitted.gpus_per_engine == 2
    assert fitted.kv_capacity(8, 16) == pytest.approx(900_000, rel=0.01)


def test_capacities_and_loads_are_those_of_their_tables(tmp_path: Path) -> None:
    (tmp_path / "kv.csv").write_text(KV + f"{MODEL},0.8.5,8,16,256,8192,400000\n")
    load_rows.write(tmp_path, f"{MODEL},0.8.5,8,8,6,60")
    found = start(tmp_path)
    assert found.kv_capacity(8, 16) == pytest.approx(400_000, rel=0.01)
    assert found.max_model_len == 131072
    assert found.adapter_load.gpu == 0.006


def test_calls_that_load_adapters_tell_the_disk(tmp_path: Path) -> None:
    header = "model,vllm_version,adapter_rank,median_ms"
    rows = [f"{MODEL},0.22.1,{rank},{40 + 5 * rank}" for rank in (8, 16)]
    (tmp_path / "api.csv").write_text("\n".join((header, *rows)))
    found = start(tmp_path, TODAY).adapter_load
    assert found.disk == pytest.approx(0.04)
    assert found.disk_per_rank == pytest.approx(0.005)
