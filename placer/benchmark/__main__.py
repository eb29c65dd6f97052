"""``python -m placer.benchmark``."""

from __future__ import annotations

from twin.files.door import enter

enter("placer.console.benchmark_command")
