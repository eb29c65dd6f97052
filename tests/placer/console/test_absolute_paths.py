"""Absolute paths in a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from placer.console.absolute_paths import with_absolute_paths


def test_files_that_exist_are_named_absolutely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "twin", "my_pkg.py"):
        Path(name).write_text("")
    data = {
        "workload": {"path": "a.csv", "_target_": "my_pkg.py", "other": "b.csv"},
        "fleet": [{"profile": "./a.csv", "count": 2}],
        "verify": "twin",  # a word, though there is a file of that name
        "long": "x." * 5000,
    }
    assert with_absolute_paths(data) == {
        "workload": {"path": str(tmp_path / "a.csv"), "_target_": "my_pkg.py", "other": "b.csv"},
        "fleet": [{"profile": str(tmp_path / "a.csv"), "count": 2}],
        "verify": "twin",
        "long": "x." * 5000,
    }
