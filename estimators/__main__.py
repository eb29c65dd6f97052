"""``python -m estimators``."""

from __future__ import annotations

import sys

from estimators.console.cli import main

sys.exit(main())
