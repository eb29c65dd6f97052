from .instance import BestKnown, Instance
from .library import read_library
from .row import Row
from .run import run_instance

__all__ = ["BestKnown", "Instance", "Row", "read_library", "run_instance"]
