"""``python -m twin.measure``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.measure.cli")
