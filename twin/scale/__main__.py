"""``python -m twin.scale``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.scale.cli")
