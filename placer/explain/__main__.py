"""``python -m placer.explain``."""

from __future__ import annotations

from twin.files.door import enter

enter("placer.console.explain_command")
