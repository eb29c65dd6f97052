"""Compare the twin with measured runs; ``python -m twin.validate RUNS.csv``."""

from __future__ import annotations

from twin.validate.accuracy import Accuracy, accuracy, macro_f1, smape
from twin.validate.comparison import Comparison, compare_runs

__all__ = ["Accuracy", "Comparison", "accuracy", "compare_runs", "macro_f1", "smape"]
