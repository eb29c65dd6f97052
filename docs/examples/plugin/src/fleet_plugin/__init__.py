"""An objective, a strategy, an estimator and a deployment target for lora-placer."""

from pathlib import Path

CONF = Path(__file__).with_name("conf")
"""Folder of the options, for ``placer --config-dir``."""
