"""Public numbers of GPUs: what a serving profile is scaled with when a GPU was not measured."""

from __future__ import annotations

from dataclasses import dataclass

from twin.files.errors import InputError

__all__ = ["GPUS", "Gpu", "gpu"]


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
    boost_hz : float
        Their highest clock rate.
    busy_watts : float
        Thermal design power: the most that it may draw.
    idle_watts : float
        Typical reading of nvidia-smi with a process that waits; not in datasheets.
    price_per_hour : float
        On-demand list price of one GPU in $/h.
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
    boost_hz: float
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


_AWS = "AWS EC2 {}, on demand, us-east-1, list price of June 2025 divided by its GPUs"

GPUS: dict[str, Gpu] = {
    entry.name: entry
    for entry in (
        Gpu(
            name="A100-80GB",
            memory_gb=80,
            memory_gib=79.15,
            memory_bandwidth=2.039e12,
            bf16_flops=312e12,
            num_sms=108,
            boost_hz=1.41e9,
            busy_watts=400,
            idle_watts=60,
            price_per_hour=3.43,
            price_source=_AWS.format("p4de.24xlarge"),
            source="NVIDIA A100 80GB SXM datasheet (2021); multiprocessors and clock: A100 "
            "whitepaper (2020)",
        ),
        Gpu(
            name="H100-64GB",
            memory_gb=64,
            memory_gib=63.43,
            memory_bandwidth=2.02e12,
            bf16_flops=989e12,
            num_sms=132,
            boost_hz=1.98e9,
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
            boost_hz=1.98e9,
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
            boost_hz=1.98e9,
            busy_watts=700,
            idle_watts=75,
            price_per_hour=7.91,
            price_source=_AWS.format("p5en.48xlarge"),
            source="NVIDIA H200 SXM datasheet (2023); clock: TechPowerUp database",
        ),
        Gpu(
            name="L40S",
            memory_gb=48,
            memory_gib=44.4,
            memory_bandwidth=0.864e12,
            bf16_flops=362e12,
            num_sms=142,
            boost_hz=2.52e9,
            busy_watts=350,
            idle_watts=35,
            price_per_hour=1.86,
            price_source=_AWS.format("g6e.xlarge"),
            source="NVIDIA L40S datasheet (2023); clock: TechPowerUp database",
        ),
    )
}
"""GPU types by name."""


def gpu(name: str) -> Gpu:
    """GPU type by name, upper or lower case.

    Raises
    ------
    InputError
        If it is not known.
    """
    for known, entry in GPUS.items():
        if known.lower() == name.lower():
            return entry
    raise InputError("GPU", f"{name!r} is not known", "known: " + ", ".join(GPUS))
