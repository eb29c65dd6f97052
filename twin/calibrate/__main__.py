"""``python -m twin.calibrate``."""

from __future__ import annotations

import sys

from twin.calibrate.cli import main

sys.exit(main())
