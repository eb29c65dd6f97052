"""Tables of measured KV capacities."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.measurements import CapacityMeasurement, read_measurements

HEADER = "model,vllm_version,max_loras,max_lora_rank,max_num_seqs,max_model_len,kv_cache_tokens"
ROW: dict[str, Any] = {
    "model": "tiny",
    "vllm_version": "0.8.5",
    "max_loras": 8,
    "max_lora_rank": 16,
    "max_num_seqs": 256,
    "max_model_len": 4096,
    "kv_cache_tokens": 10000,
}


def read(*rows: dict[str, Any]) -> tuple[CapacityMeasurement, ...]:
    return read_measurements(rows, "tiny", "0.8.5")


def test_a_row() -> None:
    assert read({**ROW, "max_num_batched_tokens": 4096}) == (
        CapacityMeasurement(8, 16, 256, 4096, 4096, 10000.0, memory_error=False),
    )


def test_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "capacity.csv"
    path.write_text(f"{HEADER}\ntiny,0.8.5,8,16,256,4096,10000\nother,0.8.5,8,16,256,4096,1\n")
    assert read_measurements(path, "tiny", "0.8.5") == read(ROW)


def test_the_budget_of_a_step_is_2048_unless_given() -> None:
    assert read(ROW)[0].max_num_batched_tokens == 2048
    assert read({**ROW, "max_num_batched_tokens": ""})[0].max_num_batched_tokens == 2048


@pytest.mark.parametrize(
    ("tokens", "flag", "error"),
    [
        (10000, None, False),
        (4095, None, True),
        (0, None, True),
        ("", None, True),
        (10000, "1", True),
        (0, "0", False),
    ],
)
def test_memory_error_is_given_or_follows(tokens: object, flag: object, error: bool) -> None:
    rows = read(ROW, {**ROW, "kv_cache_tokens": tokens, "memory_error": flag})
    assert rows[1].memory_error is error
    assert math.isnan(rows[1].tokens) == (tokens == "")


def test_other_models_versions_and_shared_gpus_are_left_out() -> None:
    others = (
        {**ROW, "model": "other"},
        {**ROW, "vllm_version": "0.5.0"},
        {**ROW, "foreign_process_on_gpu": "1"},
    )
    assert read(*others, {**ROW, "foreign_process_on_gpu": "0"}) == read(ROW)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**ROW, "max_loras": "x"}, "measurements, row 2, column max_loras: 'x' is not a number"),
        ({**ROW, "max_loras": 1.5}, "measurements, row 2, column max_loras: 1.5 is not a whole"),
        ({**ROW, "max_num_seqs": ""}, "measurements, row 2, column max_num_seqs: '' is not a wh"),
        ({**ROW, "kv_cache_tokens": []}, "measurements, row 2, column kv_cache_tokens: [] is no"),
        ({**ROW, "kv_cache_tokens": 0}, "measurements: no row of tiny on vLLM 0.8.5 has kv_cach"),
        ({**ROW, "model": "other"}, "measurements: no row of tiny on vLLM 0.8.5 has kv_cache_to"),
        ({"model": "tiny"}, "measurements: missing column vllm_version, max_loras, "),
    ],
)
def test_refused(row: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        read(row)
    assert str(error.value).startswith(message)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: there is no such file"):
        read_measurements(tmp_path / "none.csv", "tiny", "0.8.5")
    path = tmp_path / "latin.csv"
    path.write_bytes(b"mod\xe9l\n")
    with pytest.raises(InputError, match=r"latin\.csv: byte 0xe9 is not UTF-8"):
        read_measurements(path, "tiny", "0.8.5")


def test_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    with pytest.raises(InputError, match="it is empty"):
        read_measurements(path, "tiny", "0.8.5")
