"""``python -m estimators``."""

from __future__ import annotations

import sys

from estimators.cli import main

sys.exit(main())
