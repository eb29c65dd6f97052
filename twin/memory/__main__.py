"""Run ``python -m twin.memory``."""

import sys

from twin.memory.cli import main

if __name__ == "__main__":
    sys.exit(main())
