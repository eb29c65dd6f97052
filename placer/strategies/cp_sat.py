"""Constraint program over patterns, by CP-SAT."""

from __future__ import annotations

from dataclasses import dataclass

from placer.patterns.master_cp_sat import solve_with_cp_sat
from placer.patterns.master_problem import MasterSolver
from placer.strategies.pattern_strategy import PatternStrategy

__all__ = ["CpSat"]


@dataclass(frozen=True, slots=True)
class CpSat(PatternStrategy):
    """Patterns combined by the constraint solver CP-SAT; see `PatternStrategy`."""

    @property
    def solver(self) -> MasterSolver:
        return solve_with_cp_sat
