"""Measure a vLLM server: ``python -m twin.measure plan``, ``run`` or ``serve``."""
