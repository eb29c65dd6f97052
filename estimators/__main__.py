"""``python -m estimators``."""

from __future__ import annotations

from twin.files.door import enter

enter("estimators.console.cli")
