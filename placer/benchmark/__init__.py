"""Strategies on a library of instances: ``python -m placer.benchmark``."""

from placer.benchmark.instance import BestKnown, Instance
from placer.benchmark.library import read_library
from placer.benchmark.row import Row
from placer.benchmark.run import run_instance

__all__ = ["BestKnown", "Instance", "Row", "read_library", "run_instance"]
