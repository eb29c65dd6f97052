"""``python -m placer.report``."""

from __future__ import annotations

from twin.files.door import enter

enter("placer.console.report_command")
