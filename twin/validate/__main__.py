"""``python -m twin.validate``."""

from __future__ import annotations

import sys

from twin.validate.cli import main

sys.exit(main())
