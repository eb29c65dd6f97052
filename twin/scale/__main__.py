"""``python -m twin.scale``."""

from __future__ import annotations

import sys

from twin.scale.cli import main

sys.exit(main())
