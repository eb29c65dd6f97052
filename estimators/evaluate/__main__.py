"""``python -m estimators.evaluate``."""

from __future__ import annotations

from twin.files.door import enter

enter("estimators.evaluate.cli")
