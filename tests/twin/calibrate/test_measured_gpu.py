"""The GPU that was measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from twin.calibrate.measured_gpu import measured_gpu, measured_gpus
from twin.files.errors import InputError
from twin.gpu.memory.known_models import KNOWN_MODELS

LLAMA = KNOWN_MODELS["llama31_8b"]


def test_by_what_the_tables_call_it() -> None:
    assert measured_gpu({"H200-141GB", ""}, None, None, 0.9, LLAMA).name == "H200"
    assert measured_gpu(set(), "L4", None, 0.9, LLAMA).name == "L4"
    assert measured_gpu({"A", "B"}, "NVIDIA H100 80GB HBM3", None, 0.9, LLAMA).name == "H100-80GB"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (set(), "--gpu: the tables name none; give one"),
        ({"H200", "L4"}, "the tables name H200, L4"),
        ({"Cerebras"}, "'Cerebras' is not known"),
    ],
)
def test_not_told(names: set[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        measured_gpu(names, None, None, 0.9, LLAMA)


def test_gpus_of_an_engine(tmp_path: Path) -> None:
    path = tmp_path / "kv.csv"
    header = "model,vllm_version,tensor_parallel_size\n"
    path.write_text(header + "m,1,2\nm,1,2\nother,1,8\n")
    assert measured_gpus(None, path, "m", "1") == 2
    assert measured_gpus(2, path, "m", "1") == 2
    assert measured_gpus(None, None, "m", "1") == 1
    assert measured_gpus(4, None, "m", "1") == 4
    with pytest.raises(InputError, match=r"--tensor-parallel-size: .* has engines of 2 GPUs"):
        measured_gpus(4, path, "m", "1")
    path.write_text(header + "m,1,2\nm,1,4\n")
    with pytest.raises(InputError, match="engines of 2, 4 GPUs; one folder for each"):
        measured_gpus(None, path, "m", "1")
    path.write_text(header + "m,1,\n")
    assert measured_gpus(4, path, "m", "1") == 4


def test_without_a_datasheet_the_log_tells_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "kv.csv"
    path.write_text("kv_cache_tokens,model_load_gib,kv_available_gib\n9,0.5,1.0\n9,0.6,1.2\n,,1\n")
    found = measured_gpu({"cpu"}, None, path, 0.9, LLAMA)
    assert found.name == "cpu"
    assert found.memory_gib == pytest.approx(2.0)
    assert math.isnan(found.price_per_hour)
    path.write_text("kv_cache_tokens\n8192\n")
    taken = 2 * 8.03e9 + 8192 * 131072 + (4 << 30)
    found = measured_gpu({"cpu"}, None, path, 0.9, LLAMA)
    assert found.memory_bytes == pytest.approx(taken / 0.9, rel=0.01)
    path.write_text("kv_cache_tokens,other\n,1\n")
    with pytest.raises(InputError, match="'cpu' is not known"):
        measured_gpu({"cpu"}, None, path, 0.9, LLAMA)
