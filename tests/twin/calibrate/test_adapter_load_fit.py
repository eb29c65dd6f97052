"""Load times from a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twin.calibrate.load_rows import write
from twin.calibrate.adapter_load_fit import fit_adapter_load, fit_load_api
from twin.files.errors import InputError


def test_padding_and_ranks(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "m,1,8,8,6,60",
        "m,1,16,8,8,60",
        "m,1,16,16,6,80",
        "m,1,32,16,8,80",
        "n,1,8,8,1,1",
    )
    load = fit_adapter_load(path, "m", "1")
    assert load is not None
    assert load.gpu == pytest.approx(0.006)
    assert load.gpu_padding == pytest.approx(0.002)
    assert load.disk == pytest.approx(0.04)
    assert load.disk_per_rank == pytest.approx(0.0025)


def test_calls_that_load_adapters_by_rank(tmp_path: Path) -> None:
    path = tmp_path / "api.csv"
    rows = ("m,1,8,60", "m,1,16,80", "n,1,8,1", "m,1,32,")
    path.write_text("\n".join(("model,vllm_version,adapter_rank,median_ms", *rows)))
    assert fit_load_api(path, "m", "1") == pytest.approx((0.04, 0.0025))
    assert fit_load_api(path, "m", "2") is None


def test_nothing_of_the_model(tmp_path: Path) -> None:
    assert fit_adapter_load(write(tmp_path, "m,1,8,8,6,60"), "m", "2") is None
    assert fit_adapter_load(write(tmp_path, "m,1,8,8,,60"), "m", "1") is None


def test_only_loads_to_the_gpu(tmp_path: Path) -> None:
    load = fit_adapter_load(write(tmp_path, "m,1,,8,6,"), "m", "1")
    assert load is not None
    assert (load.gpu, load.gpu_padding, load.disk) == (0.006, 0.0, 0.0)


@pytest.mark.parametrize(("cell", "words"), [("x", "row 2, column load"), ("0", "not positive")])
def test_wrong_values(tmp_path: Path, cell: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        fit_adapter_load(write(tmp_path, f"m,1,8,8,{cell},60"), "m", "1")
