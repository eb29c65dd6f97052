"""Load times by rank, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from twin.files.errors import ProfileError
from twin.gpu.adapter_load import AdapterLoad

LOAD = AdapterLoad(
    gpu=0.004,
    gpu_per_rank=1e-4,
    gpu_padding=0.002,
    disk=0.03,
    disk_per_rank=0.001,
)


def test_to_the_gpu() -> None:
    seconds = LOAD.to_gpu(np.array([8, 16, 32]), max_lora_rank=32)
    np.testing.assert_allclose(seconds, [0.0068, 0.0076, 0.0072], rtol=1e-12)
    assert seconds.dtype == np.float64


def test_from_disk() -> None:
    seconds = LOAD.from_disk(np.array([8, 32]))
    np.testing.assert_allclose(seconds, [0.038, 0.062], rtol=1e-12)


def test_nothing_to_load() -> None:
    nothing = np.empty(0, np.int64)
    assert LOAD.to_gpu(nothing, 8).shape == LOAD.from_disk(nothing).shape == (0,)


def test_read_and_written() -> None:
    assert AdapterLoad.from_dict(LOAD.to_dict()) == LOAD
    assert AdapterLoad.from_dict({"gpu": 0.01}) == AdapterLoad(gpu=0.01)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "0.1", None, True])
@pytest.mark.parametrize("key", LOAD.to_dict())
def test_refused_values(key: str, value: object) -> None:
    with pytest.raises(ProfileError, match=rf"^adapter_load\.{key}: .* is not a number >= 0"):
        AdapterLoad.from_dict({**LOAD.to_dict(), key: value})
    with pytest.raises(ProfileError):
        replace(LOAD, **{key: value})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"gpu": 0.1, "dsk": 0.1}, "adapter_load.dsk: unknown key; accepted: gpu, gpu_per_rank"),
        ({"disk": 0.1}, "adapter_load.gpu: is missing; a number of seconds"),
    ],
)
def test_refused_keys(data: dict[str, float], message: str) -> None:
    with pytest.raises(ProfileError) as error:
        AdapterLoad.from_dict(data)
    assert str(error.value).startswith(message)
