"""Mixed-integer program over patterns, by CBC."""

from __future__ import annotations

from dataclasses import dataclass

from placer.patterns.master_cbc import solve_with_cbc
from placer.patterns.master_problem import MasterSolver
from placer.strategies.pattern_strategy import PatternStrategy

__all__ = ["Milp"]


@dataclass(frozen=True, slots=True)
class Milp(PatternStrategy):
    """Patterns combined by the integer program solver CBC; see `PatternStrategy`."""

    @property
    def solver(self) -> MasterSolver:
        return solve_with_cbc
