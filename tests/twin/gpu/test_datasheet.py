"""Datasheets are found by name, and their numbers are plausible."""

from __future__ import annotations

import math

import pytest

from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS, gpu, nearest_gpu


@pytest.mark.parametrize("name", ["H100-80GB", "h100-80gb", "L40s"])
def test_found_in_any_case(name: str) -> None:
    assert gpu(name).name.lower() == name.lower()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NVIDIA H100 80GB HBM3", "H100-80GB"),
        ("NVIDIA A100-SXM4-40GB", "A100-40GB"),
        ("NVIDIA GeForce RTX 4090", "RTX-4090"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX-6000-Ada"),
        ("H200-141GB", "H200"),
        ("RTX 3090", "RTX-3090"),
        ("Tesla T4", "T4"),
    ],
)
def test_found_as_others_write_it(written: str, name: str) -> None:
    assert gpu(written).name == name


def test_next_in_memory() -> None:
    assert nearest_gpu(round(23.58 * 2**30)).name == "RTX-3090"
    assert nearest_gpu(1000 * 2**30).name == "B200"


def test_unknown() -> None:
    with pytest.raises(InputError) as error:
        gpu("V100")
    assert str(error.value) == "GPU: 'V100' is not known; known: " + ", ".join(GPUS)


def test_the_gpus_that_profiles_are_scaled_to_are_there() -> None:
    assert {"A100-80GB", "H100-64GB", "H100-80GB", "H200", "L40S"} <= GPUS.keys()
    assert {
        "A100-40GB",
        "L4",
        "A10",
        "RTX-3090",
        "RTX-4090",
        "RTX-6000-Ada",
        "B200",
    } <= GPUS.keys()


@pytest.mark.parametrize("name", GPUS)
def test_numbers(name: str) -> None:
    entry = GPUS[name]
    assert entry.name == name
    # ECC and the driver keep a part of what the vendor states (in GB of 10^9 bytes).
    assert 0.9 < entry.memory_bytes / (entry.memory_gb * 2**30) < 1.08
    assert 0 < entry.idle_watts < entry.busy_watts <= 1000
    assert 0.1 < entry.price_per_hour < 100 or math.isnan(entry.price_per_hour)
    assert entry.source
    assert entry.price_source
    # Operations per byte of memory traffic: hundreds for GPUs of data centers.
    assert (50 if "RTX" in name else 100) < entry.bf16_flops / entry.memory_bandwidth < 1000


@pytest.mark.parametrize("name", GPUS)
def test_multiprocessors_and_clock(name: str) -> None:
    """What a tensor core multiplies in a clock cycle is a power of two, so it can be checked."""
    entry = GPUS[name]
    per_cycle = entry.bf16_flops / entry.num_sms / entry.boost_hz
    by_capability = {7.5: 1024, 8.0: 2048, 8.6: 1024, 8.9: 1024, 9.0: 4096, 10.0: 8192}
    expected = by_capability[entry.compute_capability]
    if name in ("RTX-3090", "RTX-4090"):  # sold for games
        expected //= 2
    assert per_cycle == pytest.approx(expected, rel=0.1)


def test_published_numbers() -> None:
    """NVIDIA's datasheets: A100 80GB SXM 2,039 GB/s; H100 SXM 3.35 TB/s, H200 SXM 4.8 TB/s."""
    assert gpu("A100-80GB").memory_bandwidth == 2.039e12
    assert gpu("H100-80GB").memory_bandwidth == 3.35e12
    assert gpu("H200").memory_bandwidth == 4.8e12
    assert gpu("L40S").memory_gb == 48


def test_memory_in_bytes() -> None:
    """The measured H100 with 64 GB reports 63.43 GiB."""
    assert gpu("H100-64GB").memory_bytes == round(63.43 * 2**30)
