"""What vLLM does, by version."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.gpu.engine_semantics import EngineSemantics, engine_semantics


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.5.0", EngineSemantics("v0", False, False, False, True)),
        ("0.8.5", EngineSemantics("v1", False, False, False, True)),
        ("0.12.0", EngineSemantics("v1", False, False, False, False)),
        ("0.22.1", EngineSemantics("v1", True, False, False, False)),
        ("0.33.0", EngineSemantics("v1", True, True, True, False)),
    ],
)
def test_by_version(version: str, expected: EngineSemantics) -> None:
    assert engine_semantics(version) == expected


def test_a_version_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match="'newest' cannot be read"):
        engine_semantics("newest")
