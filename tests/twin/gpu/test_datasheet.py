"""Datasheets are found by name, and their numbers are plausible."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS, gpu


@pytest.mark.parametrize("name", ["H100-80GB", "h100-80gb", "L40s"])
def test_found_in_any_case(name: str) -> None:
    assert gpu(name).name.lower() == name.lower()


def test_unknown() -> None:
    with pytest.raises(InputError) as error:
        gpu("T4")
    assert str(error.value) == "GPU: 'T4' is not known; known: " + ", ".join(GPUS)


def test_the_gpus_that_profiles_are_scaled_to_are_there() -> None:
    assert {"A100-80GB", "H100-64GB", "H100-80GB", "H200", "L40S"} <= GPUS.keys()


@pytest.mark.parametrize("name", GPUS)
def test_numbers(name: str) -> None:
    entry = GPUS[name]
    assert entry.name == name
    # ECC and the driver keep a part of what the vendor states (in GB of 10^9 bytes).
    assert 0.9 < entry.memory_bytes / (entry.memory_gb * 2**30) < 1.08
    assert 0 < entry.idle_watts < entry.busy_watts <= 1000
    assert 0.1 < entry.price_per_hour < 100
    assert entry.source
    assert entry.price_source
    # Operations per byte of memory traffic: hundreds for all data-center GPUs.
    assert 100 < entry.bf16_flops / entry.memory_bandwidth < 1000


@pytest.mark.parametrize("name", GPUS)
def test_multiprocessors_and_clock(name: str) -> None:
    """What a tensor core multiplies in a clock cycle is a power of two, so it can be checked."""
    entry = GPUS[name]
    per_cycle = entry.bf16_flops / entry.num_sms / entry.boost_hz
    assert per_cycle == pytest.approx({"A": 2048, "H": 4096, "L": 1024}[name[0]], rel=0.1)


def test_published_numbers() -> None:
    """NVIDIA's datasheets: A100 80GB SXM 2,039 GB/s; H100 SXM 3.35 TB/s, H200 SXM 4.8 TB/s."""
    assert gpu("A100-80GB").memory_bandwidth == 2.039e12
    assert gpu("H100-80GB").memory_bandwidth == 3.35e12
    assert gpu("H200").memory_bandwidth == 4.8e12
    assert gpu("L40S").memory_gb == 48


def test_memory_in_bytes() -> None:
    """The measured H100 with 64 GB reports 63.43 GiB."""
    assert gpu("H100-64GB").memory_bytes == round(63.43 * 2**30)
