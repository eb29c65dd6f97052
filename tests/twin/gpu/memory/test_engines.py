"""Which engine a version has, and which constants a model gets."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.memory.allocator import MIB
from twin.gpu.memory.engines import MEASURED_RESERVES, capacity_model, engine_generation
from twin.gpu.memory.known_models import KNOWN_MODELS


@pytest.mark.parametrize(
    ("version", "generation"),
    [("0.5.0", 0), ("0.7.3", 0), ("0.8.0", 1), ("v0.8.5.post1", 1), ("0.10.1", 1), ("1.0", 1)],
)
def test_v1_is_the_default_from_0_8_on(version: str, generation: int) -> None:
    assert engine_generation(version) == generation


@pytest.mark.parametrize("version", ["", "latest", "8", "x0.8"])
def test_unreadable_versions(version: str) -> None:
    with pytest.raises(InputError, match=r"engine version: .* cannot be read; like"):
        engine_generation(version)


def test_measured_models_have_their_own_constants() -> None:
    model = capacity_model(KNOWN_MODELS["qwen25_7b"], 64 << 30, 0.8, "0.8.5", "qwen25_7b")
    reserves = MEASURED_RESERVES["qwen25_7b", "0.8.5"]
    assert model.reserve_bytes == reserves.always * MIB
    assert model.forward_bytes == reserves.forward * MIB
    assert (model.gpu_memory_bytes, model.utilization) == (64 << 30, 0.8)


def test_other_models_have_typical_constants() -> None:
    """The mean of those measured, within a quarter of a GiB of each."""
    for (name, version), reserves in MEASURED_RESERVES.items():
        own = capacity_model(KNOWN_MODELS[name], 64 << 30, 0.9, version, name)
        typical = capacity_model(KNOWN_MODELS[name], 64 << 30, 0.9, version)
        assert own.engine_generation == typical.engine_generation
        assert abs(typical.reserve_bytes - reserves.always * MIB) < 256 * MIB
        assert abs(typical.forward_bytes - reserves.forward * MIB) < 256 * MIB
