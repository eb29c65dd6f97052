"""Evaluation of trained models against measured runs: ``python -m estimators.evaluate``."""
