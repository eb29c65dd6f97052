"""``python -m twin.benchmark``."""

from __future__ import annotations

import sys

from twin.benchmark.cli import main

sys.exit(main())
