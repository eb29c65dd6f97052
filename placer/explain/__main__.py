"""``python -m placer.explain``."""

from __future__ import annotations

import sys

from placer.explain.cli import main

sys.exit(main())
