"""``python -m placer.benchmark``."""

from __future__ import annotations

import sys

from placer.console.benchmark_command import main

sys.exit(main())
