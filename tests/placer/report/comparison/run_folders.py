"""Folders of runs, as far as a comparison reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["write_run"]


def write_run(folder: Path, name: str, overrides: list[str], **summary: Any) -> None:
    """A run with a result."""
    (folder / name).mkdir()
    content = {"overrides": overrides, **summary}
    (folder / name / "summary.json").write_text(json.dumps(content))
    (folder / name / "result.json").write_text("{}")
