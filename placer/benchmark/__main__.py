"""``python -m placer.benchmark``."""

from __future__ import annotations

import sys

from placer.benchmark.cli import main

sys.exit(main())
