"""``python -m placer``, the same as ``placer``."""

from __future__ import annotations

from twin.files.door import enter

enter("placer.console.place")
