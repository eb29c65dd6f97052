"""``python -m twin.benchmark``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.benchmark.cli")
