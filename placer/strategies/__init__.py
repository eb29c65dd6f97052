"""Strategies: how a placement is searched for."""

from placer.strategies.base import Strategy
from placer.strategies.best_fit import BestFit
from placer.strategies.capacity_packing import CapacityPacking
from placer.strategies.cp_sat import CpSat
from placer.strategies.first_fit import FirstFit
from placer.strategies.greedy import Greedy
from placer.strategies.greedy_marginal import GreedyMarginal
from placer.strategies.local_search import LocalSearch
from placer.strategies.milp import Milp
from placer.strategies.portfolio import Portfolio
from placer.strategies.search_strategy import SearchStrategy

__all__ = [
    "BestFit",
    "CapacityPacking",
    "CpSat",
    "FirstFit",
    "Greedy",
    "GreedyMarginal",
    "LocalSearch",
    "Milp",
    "Portfolio",
    "SearchStrategy",
    "Strategy",
]
