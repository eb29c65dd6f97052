"""Versions compare as they were released."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.engine_version import release


def test_numbers() -> None:
    assert release("0.8.5") == (0, 8, 5)
    assert release("v0.6.3.post1") == (0, 6, 3)
    assert release("0.22") == (0, 22, 0)
    assert release("0.9.2") < release("0.10.0") < release("1.0")


@pytest.mark.parametrize("version", ["", "latest", "8", "x0.8"])
def test_unreadable(version: str) -> None:
    with pytest.raises(InputError, match=r"engine version: .* cannot be read; like 0\.8\.5"):
        release(version)
