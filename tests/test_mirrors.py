"""Tests are laid out as the source is: who changes a module finds its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOORS = ("__init__.py", "__main__.py")


@pytest.mark.parametrize("floor", ["placer", "estimators", "twin"])
def test_every_module_has_its_mirror(floor: str) -> None:
    modules = [path.relative_to(ROOT) for path in ROOT.glob(f"{floor}/**/*.py")]
    assert modules
    expected = {
        path: ROOT / "tests" / path.with_name(f"test_{path.name}")
        for path in modules
        if path.name not in DOORS
    }
    assert [str(path) for path, mirror in sorted(expected.items()) if not mirror.is_file()] == []
