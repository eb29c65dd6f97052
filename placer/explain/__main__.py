"""``python -m placer.explain``."""

from __future__ import annotations

import sys

from placer.console.explain_command import main

sys.exit(main())
