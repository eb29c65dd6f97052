"""``python -m twin.validate``."""

from __future__ import annotations

from twin.files.door import enter

enter("twin.validate.cli")
