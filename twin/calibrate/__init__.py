"""Fit a serving profile from measured runs; ``python -m twin.calibrate RUNS_DIR --out FILE``."""
