"""``python -m twin.calibrate``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.calibrate.cli")
