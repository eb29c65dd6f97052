"""Digests of the files that a configuration names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from placer.console.input_digests import digest, input_digests


def test_files_are_found_wherever_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.yaml", "run/placement.json"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(name)
    data = {
        "workload": {"_target_": "a.csv", "path": "a.csv", "rate": 1.0},
        "fleet": [{"profile": "b.yaml"}, {"profile": "missing.yaml"}],
        "previous": str(tmp_path / "run"),
    }
    expected = {
        str(tmp_path / name): hashlib.sha256(name.encode()).hexdigest()
        for name in ("a.csv", "b.yaml", "run/placement.json")
    }
    assert input_digests(data) == expected


def test_what_is_gone_has_no_digest(tmp_path: Path) -> None:
    assert digest(str(tmp_path / "missing")) == ""
