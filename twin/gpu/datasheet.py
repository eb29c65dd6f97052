"""Public numbers of GPUs: what a serving profile is scaled with when a GPU was not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twin.files.errors import InputError

__all__ = ["GPUS", "Gpu", "gpu", "is_gpu", "nearest_gpu"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU type by its datasheet.

    Parameters
    ----------
    name : str
        Short name.
    memory_gb : float
        Memory that the vendor states, in GB.
    memory_gib : float
        Memory that CUDA reports, in GiB: less than stated, part is kept for error correction and
        the driver.
    memory_bandwidth : float
        Bytes/s.
    bf16_flops : float
        Dense bfloat16 operations/s of the tensor cores, without sparsity.
    num_sms : int
        Streaming multiprocessors.
    compute_capability : float
        Of CUDA: 8.0 for the A100, 9.0 for Hopper.
    boost_hz : float
        Their highest clock rate.
    link_bandwidth : float
        Bytes/s from one GPU to another of the same machine, one way: NVLink, or PCIe without.
    busy_watts : float
        Thermal design power: the most that it may draw.
    idle_watts : float
        Typical reading of nvidia-smi with a process that waits; not in datasheets.
    price_per_hour : float
        On-demand list price of one GPU in $/h; NaN where it is not known.
    price_source : str
        Where the price is from, and when.
    source : str
        Where the other numbers are from.
    """

    name: str
    memory_gb: float
    memory_gib: float
    memory_bandwidth: float
    bf16_flops: float
    num_sms: int
    compute_capability: float
    boost_hz: float
    link_bandwidth: float
    busy_watts: float
    idle_watts: float
    price_per_hour: float
    price_source: str
    source: str

    @property
    def memory_bytes(self) -> int:
        """Memory that CUDA reports, in bytes."""
        return round(self.memory_gib * 2**30)

    @property
    def sources(self) -> dict[str, str]:
        """Where the numbers of a profile on this GPU are from that nobody measures for it."""
        return {
            "gpu_source": self.source,
            "price_source": self.price_source,
            "power_source": f"busy: thermal design power, {self.busy_watts:g} W; idle: typical "
            "reading of nvidia-smi with a process that waits",
        }


_NOT_RENTED = "not known: large clouds do not rent it out"
_AWS = "AWS EC2 {}, on demand, us-east-1, list price of June 2025 divided by its GPUs"

GPUS: dict[str, Gpu] = {
    entry.name: entry
    for entry in (
        Gpu(
            name="A10",
            memory_gb=24,
            memory_gib=22.19,
            memory_bandwidth=0.6e12,
            bf16_flops=125e12,
            num_sms=72,
            compute_capability=8.6,
            boost_hz=1.695e9,
            link_bandwidth=32e9,
            busy_watts=150,
            idle_watts=20,
            price_per_hour=1.01,
            price_source=_AWS.format("g5.xlarge") + " (A10G)",
            source="NVIDIA A10 datasheet (2021); multiprocessors: TechPowerUp database",
        ),
        Gpu(
            name="A100-40GB",
            memory_gb=40,
            memory_gib=39.39,
            memory_bandwidth=1.555e12,
            bf16_flops=312e12,
            num_sms=108,
            compute_capability=8.0,
            boost_hz=1.41e9,
            link_bandwidth=300e9,
            busy_watts=400,
            idle_watts=55,
            price_per_hour=2.75,
            price_source=_AWS.format("p4d.24xlarge"),
            source="NVIDIA A100 40GB SXM datasheet (2021); multiprocessors and clock: A100 "
            "whitepaper (2020)",
        ),
        Gpu(
            name="A100-80GB",
            memory_gb=80,
            memory_gib=79.15,
            memory_bandwidth=2.039e12,
            bf16_flops=312e12,
            num_sms=108,
            compute_capability=8.0,
            boost_hz=1.41e9,
            link_bandwidth=300e9,
            busy_watts=400,
            idle_watts=60,
            price_per_hour=3.43,
            price_source=_AWS.format("p4de.24xlarge"),
            source="NVIDIA A100 80GB SXM datasheet (2021); multiprocessors and clock: A100 "
            "whitepaper (2020)",
        ),
        Gpu(
            name="B200",
            memory_gb=180,
            memory_gib=178.35,
            memory_bandwidth=8e12,
            bf16_flops=2250e12,
            num_sms=148,
            compute_capability=10.0,
            boost_hz=1.965e9,
            link_bandwidth=900e9,
            busy_watts=1000,
            idle_watts=140,
            price_per_hour=14.24,
            price_source=_AWS.format("p6-b200.48xlarge"),
            source="NVIDIA B200 datasheet (2024); multiprocessors and clock: TechPowerUp database",
        ),
        Gpu(
            name="H100-64GB",
            memory_gb=64,
            memory_gib=63.43,
            memory_bandwidth=2.02e12,
            bf16_flops=989e12,
            num_sms=132,
            compute_capability=9.0,
            boost_hz=1.98e9,
            link_bandwidth=450e9,
            busy_watts=700,
            idle_watts=70,
            price_per_hour=6.88,
            price_source="not rented out; the price of the H100-80GB",
            source="variant with four HBM2e stacks built for MareNostrum 5; memory as reported by "
            "CUDA, bandwidth from the TechPowerUp database, the rest as the H100 SXM5",
        ),
        Gpu(
            name="H100-80GB",
            memory_gb=80,
            memory_gib=79.11,
            memory_bandwidth=3.35e12,
            bf16_flops=989e12,
            num_sms=132,
            compute_capability=9.0,
            boost_hz=1.98e9,
            link_bandwidth=450e9,
            busy_watts=700,
            idle_watts=70,
            price_per_hour=6.88,
            price_source=_AWS.format("p5.48xlarge"),
            source="NVIDIA H100 SXM5 datasheet (2022); clock: TechPowerUp database",
        ),
        Gpu(
            name="H200",
            memory_gb=141,
            memory_gib=139.8,
            memory_bandwidth=4.8e12,
            bf16_flops=989e12,
            num_sms=132,
            compute_capability=9.0,
            boost_hz=1.98e9,
            link_bandwidth=450e9,
            busy_watts=700,
            idle_watts=75,
            price_per_hour=7.91,
            price_source=_AWS.format("p5en.48xlarge"),
            source="NVIDIA H200 SXM datasheet (2023); clock: TechPowerUp database",
        ),
        Gpu(
            name="L4",
            memory_gb=24,
            memory_gib=22.03,
            memory_bandwidth=0.3e12,
            bf16_flops=121e12,
            num_sms=58,
            compute_capability=8.9,
            boost_hz=2.04e9,
            link_bandwidth=32e9,
            busy_watts=72,
            idle_watts=16,
            price_per_hour=0.8,
            price_source=_AWS.format("g6.xlarge"),
            source="NVIDIA L4 datasheet (2023), without sparsity; multiprocessors and clock: "
            "TechPowerUp database",
        ),
        Gpu(
            name="L40S",
            memory_gb=48,
            memory_gib=44.4,
            memory_bandwidth=0.864e12,
            bf16_flops=362e12,
            num_sms=142,
            compute_capability=8.9,
            boost_hz=2.52e9,
            link_bandwidth=32e9,
            busy_watts=350,
            idle_watts=35,
            price_per_hour=1.86,
            price_source=_AWS.format("g6e.xlarge"),
            source="NVIDIA L40S datasheet (2023); clock: TechPowerUp database",
        ),
        Gpu(
            name="RTX-3090",
            memory_gb=24,
            memory_gib=23.58,
            memory_bandwidth=0.936e12,
            bf16_flops=71e12,
            num_sms=82,
            compute_capability=8.6,
            boost_hz=1.695e9,
            link_bandwidth=32e9,
            busy_watts=350,
            idle_watts=25,
            price_per_hour=math.nan,
            price_source=_NOT_RENTED,
            source="NVIDIA Ampere GA102 whitepaper (2020): half of the rate of float16 with "
            "float16 accumulation",
        ),
        Gpu(
            name="RTX-4090",
            memory_gb=24,
            memory_gib=23.53,
            memory_bandwidth=1.008e12,
            bf16_flops=165e12,
            num_sms=128,
            compute_capability=8.9,
            boost_hz=2.52e9,
            link_bandwidth=32e9,
            busy_watts=450,
            idle_watts=20,
            price_per_hour=math.nan,
            price_source=_NOT_RENTED,
            source="NVIDIA Ada whitepaper (2022): half of the rate of float16 with float16 "
            "accumulation",
        ),
        Gpu(
            name="RTX-6000-Ada",
            memory_gb=48,
            memory_gib=47.38,
            memory_bandwidth=0.96e12,
            bf16_flops=364e12,
            num_sms=142,
            compute_capability=8.9,
            boost_hz=2.505e9,
            link_bandwidth=32e9,
            busy_watts=300,
            idle_watts=25,
            price_per_hour=math.nan,
            price_source=_NOT_RENTED,
            source="NVIDIA RTX 6000 Ada datasheet (2023), without sparsity",
        ),
        Gpu(
            name="T4",
            memory_gb=16,
            memory_gib=14.56,
            memory_bandwidth=0.32e12,
            bf16_flops=65e12,
            num_sms=40,
            compute_capability=7.5,
            boost_hz=1.59e9,
            link_bandwidth=16e9,
            busy_watts=70,
            idle_watts=10,
            price_per_hour=0.53,
            price_source=_AWS.format("g4dn.xlarge"),
            source="NVIDIA T4 datasheet (2019); it has no bfloat16: the rate is that of float16",
        ),
    )
}
"""GPU types by name."""


def gpu(name: str) -> Gpu:
    """GPU type by name: the short one, or as nvidia-smi and others write it.

    Raises
    ------
    InputError
        If it is not known.
    """
    plain = _letters(name)
    for known, entry in GPUS.items():
        if plain in (_letters(known), f"{_letters(known)}{entry.memory_gb:g}gb"):
            return entry
    raise InputError("GPU", f"{name!r} is not known", "known: " + ", ".join(GPUS))


def is_gpu(name: str, known: str) -> bool:
    """Whether a name, as nvidia-smi and others write it, is that of a known GPU type."""
    try:
        return gpu(name).name == known
    except InputError:
        return name == known


def nearest_gpu(memory_bytes: int) -> Gpu:
    """GPU type whose memory is next to this many bytes."""
    return min(GPUS.values(), key=lambda entry: abs(entry.memory_bytes - memory_bytes))


def _letters(name: str) -> str:
    """Lower-case letters and digits of a name, without what says nothing."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    for word in (
        "nvidia",
        "geforce",
        "tesla",
        "sxm4",
        "sxm5",
        "pcie",
        "hbm3e",
        "hbm3",
        "hbm2e",
        "generation",
    ):
        plain = plain.replace(word, "")
    return plain
