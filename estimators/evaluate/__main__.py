"""``python -m estimators.evaluate``."""

from __future__ import annotations

import sys

from estimators.evaluate.cli import main

sys.exit(main())
