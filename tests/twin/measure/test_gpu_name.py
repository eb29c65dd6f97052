"""Names of GPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.measure.gpu_name import gpu_name, known_name


@pytest.mark.parametrize(
    ("name", "memory", "known"),
    [
        ("NVIDIA H100 80GB HBM3", 81559, "H100-80GB"),
        ("NVIDIA H200", 143771, "H200"),
        ("NVIDIA A100-SXM4-80GB", 81920, "A100-80GB"),
        ("NVIDIA GeForce RTX 4090", 24564, "RTX-4090"),
        ("Tesla V100-SXM2-16GB", 16384, "Tesla-V100-SXM2-16GB"),
    ],
)
def test_names_of_nvidia_smi(name: str, memory: float, known: str) -> None:
    assert known_name(name, memory) == known


def test_a_machine_without_a_gpu_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="--gpu: nvidia-smi shows none here"):
        gpu_name("http://127.0.0.1:8000")
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H100 80GB HBM3, 81559'\n")
    program.chmod(0o755)
    assert gpu_name("http://localhost:8000") == "H100-80GB"
    with pytest.raises(InputError, match="http://far:8000 is another machine"):
        gpu_name("http://far:8000")
