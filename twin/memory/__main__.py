"""``python -m twin.memory``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.memory.cli")
